/** Message actions. Edits and reactions are optimistic and reverted on failure. */
import { useApolloClient } from '@apollo/client/react';
import { useMemo } from 'react';
import { errorMessageOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import { normalizeEmoji } from '../reaction/normalizeEmoji';
import { reactionAdded, reactionRemoved } from '../reaction/reactionCache';
import { writeReadState } from '../read_state/readStateCache';
import { useWorkspace } from '../workspace/workspaceContext';
import type { Message } from './message';
import { changeMessage, messageDeleted } from './messageCache';

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
        threadId
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
  /** All resolve to an error message, or null on success. */
  edit(message: Message, text: string, confirmed: boolean): Promise<string | null>;
  remove(message: Message): Promise<string | null>;
  markUnread(message: Message): Promise<string | null>;
  toggleReaction(message: Message, emoji: string): Promise<string | null>;
}

export function useMessageActions(): MessageActions {
  const client = useApolloClient();
  const { id: workspaceId, me } = useWorkspace();
  return useMemo(() => {
    const { cache } = client;

    /** Applies an optimistic change and reverts it if the request fails. */
    async function attempt(
      changeNow: () => void,
      restore: () => void,
      request: () => Promise<unknown>,
    ): Promise<string | null> {
      changeNow();
      const failure = await errorMessageOf(request);
      if (failure !== null) restore();
      return failure;
    }

    return {
      edit(message, text, confirmed) {
        const input = {
          ...{ workspaceId, commandId: mintId('cmd'), messageId: message.id, text },
          ...(confirmed && { confirmChannelMention: true }),
        };
        const editedAt = new Date().toISOString();
        return attempt(
          () => changeMessage(cache, message.id, (now) => ({ ...now, text, editedAt })),
          () => {
            const { text, editedAt } = message;
            changeMessage(cache, message.id, (now) => ({ ...now, text, editedAt }));
          },
          () => client.mutate({ mutation: EDIT_MESSAGE, variables: { input } }),
        );
      },
      remove(message) {
        const input = { workspaceId, commandId: mintId('cmd'), messageId: message.id };
        return errorMessageOf(async () => {
          const { data } = await client.mutate({
            mutation: DELETE_MESSAGE,
            variables: { input },
            // Applied like its event, which also updates the reply count.
            fetchPolicy: 'no-cache',
          });
          if (data) messageDeleted(cache, data.deleteMessage.message);
        });
      },
      markUnread(message) {
        const input = { workspaceId, messageId: message.id };
        return errorMessageOf(async () => {
          const { data } = await client.mutate({ mutation: MARK_UNREAD, variables: { input } });
          if (data) writeReadState(cache, message.channelId, data.markUnread.readState);
        });
      },
      toggleReaction(message, written) {
        // Uses the normalized form that the server stores.
        const emoji = normalizeEmoji(written);
        const input = { workspaceId, commandId: mintId('cmd'), messageId: message.id, emoji };
        const hasReacted = message.reactions.some((r) => r.emoji === emoji && r.viewerReacted);
        const add = () => reactionAdded(cache, message.id, emoji, me.id, me.id);
        const remove = () => reactionRemoved(cache, message.id, emoji, me.id, me.id);
        return hasReacted
          ? attempt(remove, add, () =>
              client.mutate({ mutation: REMOVE_REACTION, variables: { input } }),
            )
          : attempt(add, remove, () =>
              client.mutate({ mutation: ADD_REACTION, variables: { input } }),
            );
      },
    };
  }, [client, workspaceId, me.id]);
}
