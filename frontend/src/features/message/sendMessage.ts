import type { ApolloClient } from '@apollo/client';
import { failureOf } from '../../apollo/failure';
import { graphql } from '../../gql';
import { entryOf, timelineKey } from './messageCache';
import type { Outgoing } from './outbox';
import type { Timelines } from './timelines';

const SEND_MESSAGE = graphql(`
  mutation SendMessage($input: SendMessageInput!) {
    sendMessage(input: $input) {
      seq
      message {
        ...Message
      }
    }
  }
`);

/** Sends a message and shows it in its place; its event, whenever it comes, then changes nothing. */
export async function sendMessage(
  client: ApolloClient,
  timelines: Timelines,
  outgoing: Outgoing,
): Promise<void> {
  const { id, workspaceId, channelId, threadId, text } = outgoing;
  try {
    const { data } = await client.mutate({
      mutation: SEND_MESSAGE,
      variables: { input: { id, workspaceId, channelId, threadId, text } },
    });
    const message = data?.sendMessage.message;
    if (message) timelines.add(timelineKey(message), entryOf(message));
  } catch (error) {
    throw failureOf(error);
  }
}
