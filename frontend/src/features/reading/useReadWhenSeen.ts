/**
 * Marks a channel read when its newest message is really seen: on the screen, in a window that has
 * the focus. Shown at once; one request at a time, the next one with the newest position.
 */
import { useApolloClient } from '@apollo/client/react';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { graphql } from '../../gql';
import { useWorkspace } from '../workspace/workspaceContext';
import { readReading, readUpTo, writeReading } from './readingCache';

const MARK_READ = graphql(`
  mutation MarkRead($input: MarkReadInput!) {
    markRead(input: $input) {
      reading {
        lastReadSeq
        epoch
        unreadCount
        mentionCount
      }
    }
  }
`);

export function useReadWhenSeen(channelId: string, newestSeq: number, seen: boolean): void {
  const client = useApolloClient();
  const { id: workspaceId, channels } = useWorkspace();
  const focused = useWindowFocus();
  const reading = channels.find((channel) => channel.id === channelId)?.reading;
  const unread = reading !== undefined && reading !== null && reading.unreadCount > 0;
  const request = useRef<Promise<unknown> | null>(null);
  // Marked unread while it is open: it stays so until the channel is opened again.
  const [openedEpoch] = useState(reading?.epoch ?? null);
  const markedUnread = openedEpoch !== null && (reading?.epoch ?? 0) > openedEpoch;

  useEffect(() => {
    if (!seen || !focused || !unread || markedUnread || newestSeq === 0) return;
    readUpTo(client.cache, channelId, newestSeq);
    const mark = async () => {
      await request.current;
      const now = readReading(client.cache, channelId);
      if (!now) return;
      const input = { workspaceId, channelId, seq: now.lastReadSeq, epoch: now.epoch };
      try {
        const { data } = await client.mutate({ mutation: MARK_READ, variables: { input } });
        const answer = data?.markRead.reading;
        // Only another device's "mark unread" makes the answer differ from what is shown.
        if (answer && answer.epoch > now.epoch) writeReading(client.cache, channelId, answer);
      } catch {
        // The next thing read, or the next boot, says it again.
      }
    };
    request.current = mark();
  }, [client, workspaceId, channelId, newestSeq, seen, focused, unread, markedUnread]);
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
