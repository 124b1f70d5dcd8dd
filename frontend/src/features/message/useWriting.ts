/**
 * What one writes in a channel or a thread, for the list and the composer of it: the draft with its files,
 * what is on its way from there, and which of one's messages is being changed.
 */
import { useApolloClient } from '@apollo/client/react';
import { useMemo, useState } from 'react';
import { mintId } from '../../apollo/id';
import type { Offered } from '../file/upload';
import { useAttachments } from '../file/useAttachments';
import { useOutbox, useWorkspace } from '../workspace/workspaceContext';
import { readDraft, writeDraft } from './draft';
import { readMessage } from './messageCache';
import type { LoadedTimeline } from './useTimeline';

interface Place {
  channelId: string;
  /** The message that begins the thread; null in the channel itself. */
  threadId: string | null;
  timeline: LoadedTimeline;
  /** The message that the address names. */
  aroundId: string | null;
  /** Leaves the part that the address names. */
  onShowLatest(): void;
}

export function useWriting({ channelId, threadId, timeline, aroundId, onShowLatest }: Place) {
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
  function send(text: string, files: readonly Offered[], confirmed: boolean) {
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
    const mine = timeline.segment?.entries.findLast(
      (entry) => entry.authorId === me.id && !readMessage(client.cache, entry.id)?.deletedAt,
    );
    if (mine) setEditingId(mine.id);
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
