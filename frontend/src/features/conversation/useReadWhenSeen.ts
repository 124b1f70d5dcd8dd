/**
 * Marks a channel as read up to the last seen message, optimistically. A message is seen after one second
 * on screen in a focused window, and the read position never passes an unseen message. Seeing the newest
 * message marks everything up to the last applied event as read, including mentions in threads.
 */
import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useWindowFocus } from '../../ui/useWindowFocus';
import { readMessage } from '../message/messageCache';
import type { Segment } from '../message/timeline';
import { ReadMarker } from '../read_state/readMarker';
import { mentions, type ReadState, readReadState, readUpTo } from '../read_state/readStateCache';
import { useMe, useWorkspace } from '../workspace/workspaceContext';
import { readThrough } from './readThrough';

export interface ReadWhenSeen {
  /** Whether visible messages are tracked. */
  watching: boolean;
  /** Reports messages that were on screen long enough to count as read. */
  onSeen(ids: readonly string[]): void;
  markAllRead(): void;
}

/** Marks nothing without a read state, such as in a thread. */
export function useReadWhenSeen(
  channelId: string,
  readState: ReadState | null,
  segment: Segment | undefined,
): ReadWhenSeen {
  const client = useApolloClient();
  const { position } = useWorkspace();
  const me = useMe();
  const focused = useWindowFocus();
  const unread = (readState?.unreadCount ?? 0) + (readState?.mentionCount ?? 0) > 0;
  const [marker] = useState(() => new ReadMarker(client, channelId));
  const seen = useRef(new Set<string>());
  const [seenCount, setSeenCount] = useState(0);
  // Marked unread while open: stays unread until the channel is reopened.
  const [openedEpoch] = useState(readState?.epoch ?? null);
  const markedUnread = openedEpoch !== null && (readState?.epoch ?? 0) > openedEpoch;
  const watching = focused && unread && !markedUnread;

  const onSeen = useCallback((ids: readonly string[]) => {
    for (const id of ids) seen.current.add(id);
    setSeenCount(seen.current.size);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the set is mutated; its size signals changes.
  useEffect(() => {
    const now = readReadState(client.cache, channelId);
    if (!watching || !segment || !now) return;
    const { lastReadSeq } = now;
    const isSeen = (id: string) => seen.current.has(id);
    const through = readThrough({ segment, lastReadSeq, isSeen, meId: me.id });
    const newest = segment.live ? segment.entries.at(-1) : undefined;
    if (newest && through >= newest.seq && isSeen(newest.id)) {
      readUpTo(client.cache, channelId, Math.max(newest.seq, position.seq));
    } else if (through > lastReadSeq) {
      const read = segment.entries.flatMap(({ id, seq, authorId }) => {
        if (seq <= lastReadSeq || seq > through || authorId === me.id) return [];
        const message = readMessage(client.cache, id);
        return message && !message.deletedAt ? [message] : [];
      });
      readUpTo(client.cache, channelId, through, {
        messages: read.length,
        mentions: read.filter((message) => mentions(message, me.id)).length,
      });
    } else return;
    marker.send();
  }, [client, channelId, position, segment, watching, seenCount, marker, me.id]);

  const markAllRead = useCallback(() => {
    readUpTo(client.cache, channelId, position.seq);
    marker.send();
  }, [client, channelId, position, marker]);
  return { watching, onSeen, markAllRead };
}
