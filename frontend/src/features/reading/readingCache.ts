/** Unread counts in the cache: set by boot and by the server, carried on by what arrives. */
import type { ApolloCache } from '@apollo/client';
import { graphql } from '../../gql';
import type { ChannelReadingFragment } from '../../gql/graphql';

export type Reading = NonNullable<ChannelReadingFragment['reading']>;

export const CHANNEL_READING = graphql(`
  fragment ChannelReading on Channel {
    reading {
      lastReadSeq
      epoch
      unreadCount
      mentionCount
    }
  }
`);

interface Arrival {
  seq: number;
  channelId: string;
  authorId: string;
  threadId?: string | null;
  mentionedIds: readonly string[];
  mentionsChannel: boolean;
}

/** One more unread message, unless it is one's own, a reply in a thread, or read already. */
export function countArrival(cache: ApolloCache, message: Arrival, meId: string): void {
  if (message.authorId === meId || message.threadId) return;
  changeReading(cache, message.channelId, (reading) => {
    if (message.seq <= reading.lastReadSeq) return reading;
    const mentioned = message.mentionsChannel || message.mentionedIds.includes(meId);
    return {
      ...reading,
      unreadCount: reading.unreadCount + 1,
      mentionCount: reading.mentionCount + (mentioned ? 1 : 0),
    };
  });
}

export function writeReading(cache: ApolloCache, channelId: string, reading: Reading): void {
  changeReading(cache, channelId, (old) => {
    const older =
      reading.epoch < old.epoch ||
      (reading.epoch === old.epoch && reading.lastReadSeq < old.lastReadSeq);
    return older ? old : reading;
  });
}

/** Everything up to `seq` is read: what the server will answer, shown at once. */
export function readUpTo(cache: ApolloCache, channelId: string, seq: number): void {
  changeReading(cache, channelId, (reading) => ({
    ...reading,
    lastReadSeq: Math.max(reading.lastReadSeq, seq),
    unreadCount: 0,
    mentionCount: 0,
  }));
}

export function readReading(cache: ApolloCache, channelId: string): Reading | null {
  return (
    cache.readFragment({
      id: `Channel:${channelId}`,
      fragment: CHANNEL_READING,
      fragmentName: 'ChannelReading',
    })?.reading ?? null
  );
}

function changeReading(
  cache: ApolloCache,
  channelId: string,
  change: (reading: Reading) => Reading,
): void {
  cache.updateFragment(
    {
      id: `Channel:${channelId}`,
      fragment: CHANNEL_READING,
      fragmentName: 'ChannelReading',
    },
    (channel) => (channel?.reading ? { ...channel, reading: change(channel.reading) } : undefined),
  );
}

/** The epoch of a channel just come into, which its event does not carry; counts go on as they are. */
export function setEpoch(cache: ApolloCache, channelId: string, epoch: number): void {
  changeReading(cache, channelId, (reading) => ({ ...reading, epoch }));
}
