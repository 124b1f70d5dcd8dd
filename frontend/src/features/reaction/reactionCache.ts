/**
 * How events about reactions change a message. An event that the message has in it already (it was
 * read after the event, or answered to the one who reacted) changes nothing: whoever is listed is
 * not counted again.
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
    if (old && has(old, actorId, meId)) return message;
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
    if (!old || (isWholeList(old) && !has(old, actorId, meId))) return message;
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

function has(reaction: Reaction, actorId: string, meId: string): boolean {
  if (actorId === meId) return reaction.viewerReacted;
  return reaction.members.some((member) => member.id === actorId);
}

/** Only the first 20 are listed. */
function isWholeList(reaction: Reaction): boolean {
  return reaction.members.length >= reaction.count;
}
