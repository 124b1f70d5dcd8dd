/**
 * A channel or a thread on screen: its timeline, read marking, outgoing messages, the draft with its attachments,
 * and the message being edited. `ConversationView` shows it.
 */
import { useApolloClient } from '@apollo/client/react';
import { useMemo, useState } from 'react';
import { mintIdIn } from '../../apollo/id';
import type { UploadMetadata } from '../file/upload';
import { useAttachments } from '../file/useAttachments';
import { readDraft, writeDraft } from '../message/draft';
import { readMessage } from '../message/messageCache';
import { useOutbox, useOutboxEntries } from '../message/useOutbox';
import { useNewDivider } from '../read_state/useNewDivider';
import { useBoot, useMe, useWorkspace } from '../workspace/workspaceContext';
import { useReadWhenSeen } from './useReadWhenSeen';
import { type TimelineSource, useTimeline } from './useTimeline';

interface Source extends Pick<TimelineSource, 'fetchPage' | 'openReply'> {
  channelId: string;
  /** The message that starts the thread. Null in the channel. */
  rootId: string | null;
  /** The message in the URL. */
  aroundId: string | null;
  /** Leaves the part around the message in the URL. */
  onShowLatest(): void;
}

export type Conversation = ReturnType<typeof useConversation>;

export function useConversation(source: Source) {
  const { channelId, rootId, aroundId, onShowLatest, fetchPage, openReply } = source;
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const outbox = useOutbox();
  const placeId = rootId ?? channelId;
  const [editingId, setEditingId] = useState<string | null>(null);

  // Replies have no unread counts.
  const readState = useBoot(({ channels }) =>
    rootId === null ? (channels.find(({ id }) => id === channelId)?.readState ?? null) : null,
  );
  const readTo = useNewDivider(readState);
  const [openedAt] = useState(readTo);
  const timeline = useTimeline({
    ...{ timelineKey: placeId, aroundId, readTo: openedAt, fetchPage, openReply },
  });
  const reading = useReadWhenSeen(channelId, readState, timeline.segment);

  function showLatest() {
    if (aroundId) onShowLatest();
    timeline.goTo({ kind: 'end' });
  }

  const everything = useOutboxEntries();
  const outgoing = useMemo(
    () => everything.filter((entry) => entry.channelId === channelId && entry.rootId === rootId),
    [everything, channelId, rootId],
  );

  const attachments = useAttachments(placeId);
  function send(text: string, files: readonly UploadMetadata[], confirmed: boolean) {
    showLatest();
    outbox.add({
      id: mintIdIn(workspaceId, 'msg'),
      channelId,
      rootId,
      text,
      createdAt: new Date().toISOString(),
      files,
      confirmed,
    });
    writeDraft(me.id, placeId, '');
  }

  function editLast() {
    const lastOwn = timeline.segment?.entries.findLast(
      (entry) => entry.authorId === me.id && !readMessage(client.cache, entry.id)?.deletedAt,
    );
    if (lastOwn) setEditingId(lastOwn.id);
  }

  return {
    list: {
      timeline,
      outgoing,
      meId: me.id,
      readTo,
      unread: readState,
      onMarkAllRead: reading.markAllRead,
      onSeen: reading.watching ? reading.onSeen : undefined,
      aroundId,
      editingId,
      onEdit: setEditingId,
      onJumpToLatest: showLatest,
    },
    attachments,
    composer: {
      channelId,
      initialText: readDraft(me.id, placeId),
      attachments,
      onWrite: (text: string) => writeDraft(me.id, placeId, text),
      onSend: send,
      onEditLast: editLast,
    },
  };
}
