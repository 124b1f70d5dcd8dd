/** Takes one message to the server, and its answer to the cache. */
import type { ApolloClient } from '@apollo/client';
import { failureOf } from '../../apollo/failure';
import { graphql } from '../../gql';
import { entryOf, timelineKey, writeAnswer } from './messageCache';
import type { Outgoing, Taken } from './outbox';
import type { Timelines } from './timelines';

const SEND_MESSAGE = graphql(`
  mutation SendMessage($input: SendMessageInput!) {
    sendMessage(input: $input) {
      status
      message {
        ...Message
      }
    }
  }
`);

/**
 * Sends a message and shows it in its place; its event, whenever it comes, then changes nothing. A queued
 * one has no place yet.
 */
export async function sendMessage(
  client: ApolloClient,
  timelines: Timelines,
  outgoing: Outgoing,
): Promise<Taken> {
  const { id, workspaceId, channelId, threadId, text, files = [], confirmed } = outgoing;
  const attachmentIds = files.map((file) => file.id);
  try {
    const { data } = await client.mutate({
      mutation: SEND_MESSAGE,
      variables: {
        input: {
          ...{ id, workspaceId, channelId, threadId, text },
          ...(attachmentIds.length > 0 && { attachmentIds }),
          ...(confirmed && { confirmChannelMention: true }),
        },
      },
      // A retry is answered with the message as it was sent: what the cache knows may be newer.
      fetchPolicy: 'no-cache',
    });
    const message = data?.sendMessage.message;
    if (!message) return 'queued';
    writeAnswer(client.cache, message);
    timelines.add(timelineKey(message), entryOf(message));
    return 'sent';
  } catch (error) {
    throw failureOf(error);
  }
}
