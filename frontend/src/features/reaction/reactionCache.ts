/**
 * Applies reaction events to messages. Idempotent: a reaction that the message already includes, from a
 * later read or a mutation response, is not counted again.
 */
import type { ApolloCache } from '@apollo/client';
import type { Message } from '../message/message';
import { changeMessage } from '../message/messageCache';

type Reaction = Message['reactions'][number];

export function reactionAdded(
  cache: ApolloCache,
  messageId: string,
  emoji: string,
  actorId: string,
  meId: string,
): void {
  changeMessage(cache, messageId, (message) => {
    if (message.deletedAt) return message;
    const old = message.reactions.find((reaction) => reaction.emoji === emoji);
    if (old && includesActor(old, actorId, meId)) return message;
    const added: Reaction = {
      __typename: 'Reaction',
      emoji,
      count: (old?.count ?? 0) + 1,
      viewerReacted: (old?.viewerReacted ?? false) || actorId === meId,
      members: [...(old?.members ?? []), { __typename: 'Member', id: actorId }],
    };
    return {
      ...message,
      reactions: old
        ? message.reactions.map((reaction) => (reaction === old ? added : reaction))
        : [...message.reactions, added],
    };
  });
}

export function reactionRemoved(
  cache: ApolloCache,
  messageId: string,
  emoji: string,
  actorId: string,
  meId: string,
): void {
  changeMessage(cache, messageId, (message) => {
    const old = message.reactions.find((reaction) => reaction.emoji === emoji);
    if (!old || (isCompleteList(old) && !includesActor(old, actorId, meId))) return message;
    if (actorId === meId && !old.viewerReacted) return message;
    const removed: Reaction = {
      ...old,
      count: old.count - 1,
      viewerReacted: old.viewerReacted && actorId !== meId,
      members: old.members.filter((member) => member.id !== actorId),
    };
    return {
      ...message,
      reactions: message.reactions
        .map((reaction) => (reaction === old ? removed : reaction))
        .filter((reaction) => reaction.count > 0),
    };
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
