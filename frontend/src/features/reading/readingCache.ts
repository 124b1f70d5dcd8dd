/** Unread counts in the cache: set by boot and by the server, carried on by what arrives. */
import type { ApolloCache } from '@apollo/client';
import { graphql } from '../../gql';
import type { ReadingFragment } from '../../gql/graphql';

export type Reading = ReadingFragment;

export const READING = graphql(`
  fragment Reading on Reading {
    lastReadSeq
    epoch
    unreadCount
    mentionCount
  }
`);

export const CHANNEL_READING = graphql(`
  fragment ChannelReading on Channel {
    reading {
      ...Reading
    }
  }
`);

interface Sent {
  seq: number;
  channelId: string;
  authorId: string;
  threadId?: string | null;
}

interface Mentioning {
  mentionedIds: readonly string[];
  mentionsChannel: boolean;
}

type Arrival = Sent & Mentioning;

/** One more unread message or mention, unless it is one's own or read already. */
export function countArrival(cache: ApolloCache, message: Arrival, meId: string): void {
  countUnread(cache, message, meId, message.threadId ? 0 : 1, mentions(message, meId) ? 1 : 0);
}

/** One unread message fewer. Whether it was a mention is known only of a message that was seen. */
export function countDeletion(
  cache: ApolloCache,
  deleted: Sent,
  before: Mentioning | null,
  meId: string,
): void {
  const mentioned = before !== null && mentions(before, meId);
  countUnread(cache, deleted, meId, deleted.threadId ? 0 : -1, mentioned ? -1 : 0);
}

/** An unread message that begins to mention the viewer, or no longer does. */
export function countEdit(
  cache: ApolloCache,
  edited: Arrival,
  before: Mentioning | null,
  meId: string,
): void {
  if (!before) return;
  const now = mentions(edited, meId) ? 1 : 0;
  countUnread(cache, edited, meId, 0, now - (mentions(before, meId) ? 1 : 0));
}

export function mentions(message: Mentioning, meId: string): boolean {
  return message.mentionsChannel || message.mentionedIds.includes(meId);
}

/** Replies in threads count only by whom they mention. */
function countUnread(
  cache: ApolloCache,
  message: Sent,
  meId: string,
  unreadBy: number,
  mentionsBy: number,
): void {
  if (message.authorId === meId || (unreadBy === 0 && mentionsBy === 0)) return;
  changeReading(cache, message.channelId, (reading) => {
    if (message.seq <= reading.lastReadSeq) return reading;
    return {
      ...reading,
      unreadCount: Math.max(0, reading.unreadCount + unreadBy),
      mentionCount: Math.max(0, reading.mentionCount + mentionsBy),
    };
  });
}

/** Counts stop here: whether more are unread is not known. */
const mostCounted = 1000;

/**
 * A reading from the server. One of the same position is taken only if it has counted the same: this
 * device carries on its count with the events, of which the answer may be ahead.
 */
export function writeReading(cache: ApolloCache, channelId: string, reading: Reading): void {
  changeReading(cache, channelId, (old) => {
    if (reading.epoch !== old.epoch) return reading.epoch > old.epoch ? reading : old;
    if (reading.lastReadSeq !== old.lastReadSeq) {
      return reading.lastReadSeq > old.lastReadSeq ? reading : old;
    }
    const agrees =
      reading.unreadCount === old.unreadCount ||
      Math.max(reading.unreadCount, old.unreadCount) >= mostCounted;
    return agrees ? reading : old;
  });
}

/**
 * Everything up to `seq` is read: what the server will answer, shown at once. Everything at all if
 * nothing is said of how much of the unread that was.
 */
export function readUpTo(
  cache: ApolloCache,
  channelId: string,
  seq: number,
  read?: { messages: number; mentions: number },
): void {
  const rest = (count: number, of: number | undefined) => {
    if (of === undefined) return 0;
    // Of a count that has stopped nothing can be taken away: the answer says how many are left.
    return count >= mostCounted ? count : Math.max(0, count - of);
  };
  changeReading(cache, channelId, (reading) => ({
    ...reading,
    lastReadSeq: Math.max(reading.lastReadSeq, seq),
    unreadCount: rest(reading.unreadCount, read?.messages),
    mentionCount: rest(reading.mentionCount, read?.mentions),
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
