/** Message actions. Edits and reactions are optimistic and reverted on failure. */
import { useApolloClient } from '@apollo/client/react';
import type { Failure } from '../../apollo/failure';
import { command, mutate } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import { normalizeEmoji } from '../emoji/normalizeEmoji';
import type { Message } from '../message/message';
import { changeMessage, messageDeleted } from '../message/messageCache';
import { reactionAdded, reactionRemoved } from '../reaction/reactionCache';
import { writeReadState } from '../read_state/readStateCache';
import { useMe } from '../workspace/workspaceContext';

const EDIT_MESSAGE = graphql(`
  mutation EditMessage($input: EditMessageInput!) {
    editMessage(input: $input) {
      message {
        ...Message
      }
    }
  }
`);

const DELETE_MESSAGE = graphql(`
  mutation DeleteMessage($input: DeleteMessageInput!) {
    deleteMessage(input: $input) {
      message {
        id
        rootId: threadId
        deletedAt
      }
    }
  }
`);

const MARK_UNREAD = graphql(`
  mutation MarkUnread($input: MarkUnreadInput!) {
    markUnread(input: $input) {
      readState {
        ...ReadState
      }
    }
  }
`);

const ADD_REACTION = graphql(`
  mutation AddReaction($input: AddReactionInput!) {
    addReaction(input: $input) {
      seq
    }
  }
`);

const REMOVE_REACTION = graphql(`
  mutation RemoveReaction($input: RemoveReactionInput!) {
    removeReaction(input: $input) {
      seq
    }
  }
`);

export interface MessageActions {
  edit(message: Message, text: string, confirmed: boolean): void;
  remove(message: Message): void;
  markUnread(message: Message): void;
  toggleReaction(message: Message, emoji: string): void;
  /** Why the last action failed. */
  failure: Failure | null;
}

export function useMessageActions(): MessageActions {
  const client = useApolloClient();
  const me = useMe();
  const { cache } = client;
  const { run, failure } = useAction((action: () => Promise<unknown>) => action());
  const target = ({ id }: Message) => ({ messageId: id });

  return {
    failure,
    edit(message, text, confirmed) {
      const input = {
        ...target(message),
        text,
        ...(confirmed && { confirmChannelMention: true }),
      };
      const write = (next: Pick<Message, 'text' | 'editedAt'>) =>
        changeMessage(cache, message.id, (now) => ({ ...now, ...next }));
      run(() =>
        optimistically(
          () => write({ text, editedAt: new Date().toISOString() }),
          () => write({ text: message.text, editedAt: message.editedAt }),
          () => command(client, EDIT_MESSAGE, input),
        ),
      );
    },
    remove(message) {
      run(async () => {
        // Applied like its event, which also updates the reply count.
        const options = { fetchPolicy: 'no-cache' } as const;
        const data = await command(client, DELETE_MESSAGE, target(message), options);
        messageDeleted(cache, data.deleteMessage.message);
      });
    },
    markUnread(message) {
      run(async () => {
        // `writeReadState` decides whether the response is newer than the cache.
        const options = { fetchPolicy: 'no-cache' } as const;
        const { markUnread } = await mutate(client, MARK_UNREAD, target(message), options);
        writeReadState(cache, message.channelId, markUnread.readState);
      });
    },
    toggleReaction(message, written) {
      // Uses the normalized form that the server stores.
      const emoji = normalizeEmoji(written);
      const input = { ...target(message), emoji };
      const reacted = { ...input, actorId: me.id };
      const hasReacted = message.reactions.some((r) => r.emoji === emoji && r.viewerReacted);
      const add = () => reactionAdded(cache, reacted, me.id);
      const remove = () => reactionRemoved(cache, reacted, me.id);
      run(() =>
        hasReacted
          ? optimistically(remove, add, () => command(client, REMOVE_REACTION, input))
          : optimistically(add, remove, () => command(client, ADD_REACTION, input)),
      );
    },
  };
}

/** Applies a change at once and reverts it if the request fails. */
async function optimistically(
  apply: () => void,
  revert: () => void,
  request: () => Promise<unknown>,
): Promise<void> {
  apply();
  try {
    await request();
  } catch (error) {
    revert();
    throw error;
  }
}
