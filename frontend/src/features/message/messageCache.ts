/** How events about messages change the cache and the timelines. */
import type { ApolloCache } from '@apollo/client';
import { fileOfEvent } from '../file/fileCache';
import { MESSAGE, type Message } from './message';
import type { Entry } from './timeline';
import type { Timelines } from './timelines';

/** A message as its event carries it: nobody can have reacted or replied yet. */
export type SentMessage = Omit<Message, '__typename' | 'reactions' | 'thread'>;

export function entryOf(message: SentMessage): Entry {
  const { id, seq, authorId, createdAt } = message;
  return { id, seq, authorId, createdAt };
}

/** The timeline that a message belongs to: its channel's, or its thread's. */
export function timelineKey(message: { channelId: string; threadId?: string | null }): string {
  return message.threadId ?? message.channelId;
}

export function messageSent(cache: ApolloCache, timelines: Timelines, message: SentMessage): void {
  // A page or the answer to sending may have brought it before, perhaps edited since.
  if (!readMessage(cache, message.id)) {
    cache.writeFragment({
      id: `Message:${message.id}`,
      fragment: MESSAGE,
      fragmentName: 'Message',
      data: {
        ...message,
        __typename: 'Message',
        files: message.files.map(fileOfEvent),
        reactions: [],
        thread: null,
      },
    });
  }
  timelines.add(timelineKey(message), entryOf(message));
  if (message.threadId) countReply(cache, message.threadId, message);
}

/** Writes an answer to sending, unless the cache has the message, edited or deleted perhaps. */
export function writeAnswer(cache: ApolloCache, message: Message): void {
  if (readMessage(cache, message.id)) return;
  cache.writeFragment({
    id: `Message:${message.id}`,
    fragment: MESSAGE,
    fragmentName: 'Message',
    data: message,
  });
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
  deleted: { id: string; threadId?: string | null; deletedAt?: string | null },
): void {
  // A page that was read after it counts it no longer.
  const known = readMessage(cache, deleted.id)?.deletedAt;
  if (deleted.threadId && !known) discountReply(cache, deleted.threadId);
  changeMessage(cache, deleted.id, (message) => ({
    ...message,
    text: '',
    deletedAt: deleted.deletedAt ?? message.deletedAt,
    reactions: [],
    files: [],
  }));
}

export function readMessage(cache: ApolloCache, id: string): Message | null {
  return cache.readFragment({
    id: `Message:${id}`,
    fragment: MESSAGE,
    fragmentName: 'Message',
  });
}

export function changeMessage(
  cache: ApolloCache,
  id: string,
  change: (message: Message) => Message,
): void {
  cache.updateFragment(
    { id: `Message:${id}`, fragment: MESSAGE, fragmentName: 'Message' },
    (message) => (message ? change(message) : undefined),
  );
}

type Thread = NonNullable<Message['thread']>;

/**
 * What events have made of a thread: replies that the server took in one go share a moment, so the
 * moment alone does not tell whether a page had counted a reply.
 */
const counted = new WeakMap<ApolloCache, Map<string, Pick<Thread, 'replyCount' | 'lastReplyAt'>>>();

/** One more reply under the root, unless the page that brought the root had counted it. */
function countReply(cache: ApolloCache, rootId: string, reply: SentMessage): void {
  const byRoot = counted.get(cache) ?? new Map();
  counted.set(cache, byRoot);
  changeMessage(cache, rootId, (root) => {
    const thread: Thread = root.thread ?? {
      __typename: 'Thread',
      id: rootId,
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

function discountReply(cache: ApolloCache, rootId: string): void {
  changeMessage(cache, rootId, (root) => {
    if (!root.thread) return root;
    const replyCount = Math.max(0, root.thread.replyCount - 1);
    return { ...root, thread: { ...root.thread, replyCount } };
  });
}
