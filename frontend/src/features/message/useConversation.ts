/**
 * Writing state of a channel or thread, shared by its list and composer: the draft with its attachments,
 * outgoing messages, and the message being edited.
 */
import { useApolloClient } from '@apollo/client/react';
import { useMemo, useState } from 'react';
import { mintId } from '../../apollo/id';
import type { UploadMetadata } from '../file/upload';
import { useAttachments } from '../file/useAttachments';
import { useOutbox, useWorkspace } from '../workspace/workspaceContext';
import { readDraft, writeDraft } from './draft';
import { readMessage } from './messageCache';
import type { LoadedTimeline } from './useTimeline';

interface Place {
  channelId: string;
  /** The root message of the thread. Null in the channel. */
  threadId: string | null;
  timeline: LoadedTimeline;
  /** The message in the URL. */
  aroundId: string | null;
  /** Leaves the part around the message in the URL. */
  onShowLatest(): void;
}

export function useConversation({ channelId, threadId, timeline, aroundId, onShowLatest }: Place) {
  const client = useApolloClient();
  const { id: workspaceId, me, outbox } = useWorkspace();
  const placeId = threadId ?? channelId;
  const [editingId, setEditingId] = useState<string | null>(null);

  function showLatest() {
    if (aroundId) onShowLatest();
    timeline.goTo({ kind: 'end' });
  }

  const everything = useOutbox();
  const outgoing = useMemo(
    () =>
      everything.filter((entry) => entry.channelId === channelId && entry.threadId === threadId),
    [everything, channelId, threadId],
  );

  const attachments = useAttachments(placeId);
  function send(text: string, files: readonly UploadMetadata[], confirmed: boolean) {
    showLatest();
    outbox.add({
      id: mintId('msg'),
      workspaceId,
      channelId,
      threadId,
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
