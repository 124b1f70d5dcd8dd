/**
 * Marks a channel read as far as it was really seen: a message counts once it has been on the screen
 * for a second, in a window that has the focus, and the cursor never passes one that was not seen. With
 * the newest one everything up to where the log has been followed is read, so also a mention in a
 * thread. Shown at once.
 */
import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { readMessage } from '../message/messageCache';
import type { Segment } from '../message/timeline';
import { useWorkspace } from '../workspace/workspaceContext';
import { mentions, readReading, readUpTo } from './readingCache';
import { ReadMarker } from './readMarker';
import { readThrough } from './readThrough';

export interface ReadWhenSeen {
  /** Whether it matters what is on the screen. */
  watching: boolean;
  /** These messages have been on the screen long enough to be read. */
  onSeen(ids: readonly string[]): void;
  markAllRead(): void;
}

export function useReadWhenSeen(channelId: string, segment: Segment | undefined): ReadWhenSeen {
  const client = useApolloClient();
  const { id: workspaceId, me, channels, position } = useWorkspace();
  const focused = useWindowFocus();
  const reading = channels.find((channel) => channel.id === channelId)?.reading;
  const unread = (reading?.unreadCount ?? 0) + (reading?.mentionCount ?? 0) > 0;
  const [marker] = useState(() => new ReadMarker(client, workspaceId, channelId));
  const seen = useRef(new Set<string>());
  const [seenCount, setSeenCount] = useState(0);
  // Marked unread while it is open: it stays so until the channel is opened again.
  const [openedEpoch] = useState(reading?.epoch ?? null);
  const markedUnread = openedEpoch !== null && (reading?.epoch ?? 0) > openedEpoch;
  const watching = focused && unread && !markedUnread;

  const onSeen = useCallback((ids: readonly string[]) => {
    for (const id of ids) seen.current.add(id);
    setSeenCount(seen.current.size);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the set grows in place, its size tells.
  useEffect(() => {
    const now = readReading(client.cache, channelId);
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

/** Whether the window is in front and has the focus. */
export function useWindowFocus(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const events = ['focus', 'blur'] as const;
      for (const event of events) window.addEventListener(event, listener);
      document.addEventListener('visibilitychange', listener);
      return () => {
        for (const event of events) window.removeEventListener(event, listener);
        document.removeEventListener('visibilitychange', listener);
      };
    },
    () => document.hasFocus() && document.visibilityState === 'visible',
  );
}
