/**
 * Applies reaction events to messages. Idempotent: a reaction that the message already includes, from a
 * later read or a mutation response, is not counted again.
 */
import type { ApolloCache } from '@apollo/client';
import type { Message } from '../message/message';
import { changeMessage } from '../message/messageCache';

type Reaction = Message['reactions'][number];

interface Reacted {
  messageId: string;
  emoji: string;
  actorId: string;
}

export function reactionAdded(cache: ApolloCache, reacted: Reacted, meId: string): void {
  const { emoji, actorId } = reacted;
  changeReaction(cache, reacted, (old) => {
    if (old && includesActor(old, actorId, meId)) return old;
    return {
      __typename: 'Reaction',
      emoji,
      count: (old?.count ?? 0) + 1,
      viewerReacted: (old?.viewerReacted ?? false) || actorId === meId,
      members: [...(old?.members ?? []), { __typename: 'Member', id: actorId }],
    };
  });
}

export function reactionRemoved(cache: ApolloCache, reacted: Reacted, meId: string): void {
  const { actorId } = reacted;
  changeReaction(cache, reacted, (old) => {
    if (!old || (isCompleteList(old) && !includesActor(old, actorId, meId))) return old;
    if (actorId === meId && !old.viewerReacted) return old;
    return {
      ...old,
      count: old.count - 1,
      viewerReacted: old.viewerReacted && actorId !== meId,
      members: old.members.filter((member) => member.id !== actorId),
    };
  });
}

/** Replaces the reaction with the emoji, or appends the first one. */
function changeReaction(
  cache: ApolloCache,
  { messageId, emoji }: Reacted,
  change: (old: Reaction | undefined) => Reaction | undefined,
): void {
  changeMessage(cache, messageId, (message) => {
    const old = message.reactions.find((reaction) => reaction.emoji === emoji);
    const next = change(old);
    if (message.deletedAt || !next || next === old) return message;
    const reactions = old
      ? message.reactions.map((reaction) => (reaction === old ? next : reaction))
      : [...message.reactions, next];
    return { ...message, reactions: reactions.filter(({ count }) => count > 0) };
  });
}

function includesActor(reaction: Reaction, actorId: string, meId: string): boolean {
  if (actorId === meId) return reaction.viewerReacted;
  return reaction.members.some((member) => member.id === actorId);
}

/** The server lists only the first 20 members. */
function isCompleteList(reaction: Reaction): boolean {
  return reaction.members.length >= reaction.count;
}
