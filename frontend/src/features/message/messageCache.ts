/** Applies message events to the cache and the timelines. */
import type { ApolloCache } from '@apollo/client';
import { MESSAGE, type Message } from './message';
import type { Entry } from './timeline';
import type { Timelines } from './timelines';

/** A message as in its event, without reactions and thread. */
export type SentMessage = Omit<Message, '__typename' | 'reactions' | 'thread'>;

export function entryOf(message: SentMessage): Entry {
  const { id, seq, authorId, createdAt } = message;
  return { id, seq, authorId, createdAt };
}

/** The key of the message's timeline: its thread or its channel. */
export function timelineKey({ channelId, rootId }: SentMessage): string {
  return rootId ?? channelId;
}

/** A message as a fragment of the cache. */
function at(id: string) {
  return { id: `Message:${id}`, fragment: MESSAGE, fragmentName: 'Message' };
}

export function messageSent(cache: ApolloCache, timelines: Timelines, message: SentMessage): void {
  writeSentMessage(cache, { ...message, __typename: 'Message', reactions: [], thread: null });
  timelines.add(timelineKey(message), entryOf(message));
  if (message.rootId) incrementReplies(cache, message.rootId, message);
}

/** Writes a message as it was sent, unless a page or a response has written it, possibly with later edits. */
export function writeSentMessage(cache: ApolloCache, message: Message): void {
  if (!readMessage(cache, message.id)) cache.writeFragment({ ...at(message.id), data: message });
}

export function messageEdited(
  cache: ApolloCache,
  edited: Pick<SentMessage, 'id' | 'text' | 'mentionedIds' | 'mentionsChannel' | 'editedAt'>,
): void {
  changeMessage(cache, edited.id, (message) => {
    if (message.deletedAt) return message;
    const { text, mentionedIds, mentionsChannel, editedAt } = edited;
    return { ...message, text, mentionedIds, mentionsChannel, editedAt };
  });
}

export function messageDeleted(
  cache: ApolloCache,
  deleted: { id: string; rootId?: string | null; deletedAt?: string | null },
): void {
  // A page that was read after the deletion already excludes it.
  const known = readMessage(cache, deleted.id)?.deletedAt;
  if (deleted.rootId && !known) decrementReplies(cache, deleted.rootId);
  changeMessage(cache, deleted.id, (message) => ({
    ...message,
    text: '',
    editedAt: null,
    deletedAt: deleted.deletedAt ?? message.deletedAt,
    reactions: [],
    files: [],
  }));
}

export function readMessage(cache: ApolloCache, id: string): Message | null {
  return cache.readFragment(at(id));
}

export function changeMessage(
  cache: ApolloCache,
  id: string,
  change: (message: Message) => Message,
): void {
  cache.updateFragment(at(id), (message) => (message ? change(message) : undefined));
}

type Thread = NonNullable<Message['thread']>;

/**
 * The last thread state written by events. Replies accepted together share a timestamp, so the timestamp
 * alone does not show whether a page already counted a reply.
 */
const lastCounts = new WeakMap<
  ApolloCache,
  Map<string, Pick<Thread, 'replyCount' | 'lastReplyAt'>>
>();

/** Counts a reply, unless the loaded root already includes it. */
function incrementReplies(cache: ApolloCache, rootId: string, reply: SentMessage): void {
  const byRoot = lastCounts.get(cache) ?? new Map();
  lastCounts.set(cache, byRoot);
  changeMessage(cache, rootId, (root) => {
    const thread: Thread = root.thread ?? {
      __typename: 'Thread',
      // A thread has the id of its first message with another prefix.
      id: rootId.replace('msg_', 'thr_'),
      replyCount: 0,
      lastReplyAt: '',
      participants: [],
    };
    const { replyCount, lastReplyAt, participants } = thread;
    const last = byRoot.get(rootId);
    const fromEvent = last?.lastReplyAt === lastReplyAt && last.replyCount === replyCount;
    if (reply.createdAt < lastReplyAt) return root;
    if (reply.createdAt === lastReplyAt && !fromEvent) return root;
    byRoot.set(rootId, { replyCount: replyCount + 1, lastReplyAt: reply.createdAt });
    const known = participants.some((member) => member.id === reply.authorId);
    return {
      ...root,
      thread: {
        ...thread,
        replyCount: replyCount + 1,
        lastReplyAt: reply.createdAt,
        participants: known
          ? participants
          : [...participants, { __typename: 'Member', id: reply.authorId }],
      },
    };
  });
}

function decrementReplies(cache: ApolloCache, rootId: string): void {
  changeMessage(cache, rootId, (root) => {
    if (!root.thread) return root;
    const replyCount = Math.max(0, root.thread.replyCount - 1);
    return { ...root, thread: { ...root.thread, replyCount } };
  });
}
