/** Read states in the cache: set by boot and mutations, updated by events. */
import type { ApolloCache } from '@apollo/client';
import { graphql } from '../../gql';
import type { ReadStateFragment } from '../../gql/graphql';

export type ReadState = ReadStateFragment;

export const READ_STATE = graphql(`
  fragment ReadState on ReadState {
    id
    lastReadSeq
    epoch
    unreadCount
    mentionCount
  }
`);

const CHANNEL_READ_STATE = graphql(`
  fragment ChannelReadState on Channel {
    readState {
      ...ReadState
    }
  }
`);

/** The id of the viewer's read state in a channel. */
export function readStateId(channelId: string): string {
  return channelId.replace(/^chn_/, 'rst_');
}

interface Sent {
  seq: number;
  channelId: string;
  authorId: string;
  rootId?: string | null;
}

interface Mentioning {
  mentionedIds: readonly string[];
  mentionsChannel: boolean;
}

type Arrival = Sent & Mentioning;

/** Counts a new message as unread or as a mention, unless it is the viewer's own or already read. */
export function countArrival(cache: ApolloCache, message: Arrival, meId: string): void {
  countUnread(cache, message, meId, message.rootId ? 0 : 1, mentions(message, meId) ? 1 : 0);
}

/** Uncounts a deleted message. Whether it was a mention is known only if the message was loaded. */
export function countDeletion(
  cache: ApolloCache,
  deleted: Sent,
  before: Mentioning | null,
  meId: string,
): void {
  const mentioned = before !== null && mentions(before, meId);
  countUnread(cache, deleted, meId, deleted.rootId ? 0 : -1, mentioned ? -1 : 0);
}

/** Updates the mention count when an edit adds or removes a mention of the viewer. */
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

/** Thread replies count only when they mention the viewer. */
function countUnread(
  cache: ApolloCache,
  message: Sent,
  meId: string,
  unreadDelta: number,
  mentionDelta: number,
): void {
  if (message.authorId === meId || (unreadDelta === 0 && mentionDelta === 0)) return;
  updateReadState(cache, message.channelId, (readState) => {
    if (message.seq <= readState.lastReadSeq) return readState;
    return {
      ...readState,
      unreadCount: Math.max(0, readState.unreadCount + unreadDelta),
      mentionCount: Math.max(0, readState.mentionCount + mentionDelta),
    };
  });
}

/** The server caps counts here. */
const countCap = 1000;

/**
 * Writes a read state from the server. One with the same position is written only if its unread count
 * matches, because the response may be ahead of the events applied here.
 */
export function writeReadState(cache: ApolloCache, channelId: string, readState: ReadState): void {
  updateReadState(cache, channelId, (old) => {
    if (readState.epoch !== old.epoch) return readState.epoch > old.epoch ? readState : old;
    if (readState.lastReadSeq !== old.lastReadSeq) {
      return readState.lastReadSeq > old.lastReadSeq ? readState : old;
    }
    const agrees =
      readState.unreadCount === old.unreadCount ||
      Math.max(readState.unreadCount, old.unreadCount) >= countCap;
    return agrees ? readState : old;
  });
}

/**
 * Optimistically marks everything up to `seq` as read. Without `read`, all counts become zero.
 */
export function readUpTo(
  cache: ApolloCache,
  channelId: string,
  seq: number,
  read?: { messages: number; mentions: number },
): void {
  const remaining = (count: number, of: number | undefined) => {
    if (of === undefined) return 0;
    // A capped count cannot be decreased; the response has the remaining count.
    return count >= countCap ? count : Math.max(0, count - of);
  };
  updateReadState(cache, channelId, (readState) => ({
    ...readState,
    lastReadSeq: Math.max(readState.lastReadSeq, seq),
    unreadCount: remaining(readState.unreadCount, read?.messages),
    mentionCount: remaining(readState.mentionCount, read?.mentions),
  }));
}

/** The read state of a channel as a fragment of the cache. */
function at(channelId: string) {
  return {
    id: `Channel:${channelId}`,
    fragment: CHANNEL_READ_STATE,
    fragmentName: 'ChannelReadState',
  };
}

export function readReadState(cache: ApolloCache, channelId: string): ReadState | null {
  return cache.readFragment(at(channelId))?.readState ?? null;
}

/** Null for a viewer who is not a member. */
export function setReadState(
  cache: ApolloCache,
  channelId: string,
  readState: ReadState | null,
): void {
  cache.writeFragment({ ...at(channelId), data: { __typename: 'Channel', readState } });
}

function updateReadState(
  cache: ApolloCache,
  channelId: string,
  change: (readState: ReadState) => ReadState,
): void {
  cache.updateFragment(at(channelId), (channel) =>
    channel?.readState ? { ...channel, readState: change(channel.readState) } : undefined,
  );
}

/** Sets the epoch of a channel that was just joined, which the event omits. Keeps the counts. */
export function setEpoch(cache: ApolloCache, channelId: string, epoch: number): void {
  updateReadState(cache, channelId, (readState) => ({ ...readState, epoch }));
}
