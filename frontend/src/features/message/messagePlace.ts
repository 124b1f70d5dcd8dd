/** Resolves the location of a message by its id. */
import type { ApolloClient } from '@apollo/client';
import { graphql } from '../../gql';

const MESSAGE_THREAD = graphql(`
  query MessageThread($id: ID!) {
    message(id: $id) {
      id
      threadId
    }
  }
`);

/** URL parameters that show a message in its channel, or a reply in its thread. */
export interface Place {
  m?: string;
  thread?: string;
  reply?: string;
}

export async function placeOfMessage(client: ApolloClient, messageId: string): Promise<Place> {
  const variables = { id: messageId };
  const { data } = await client.query({ query: MESSAGE_THREAD, variables });
  const threadId = data?.message.threadId;
  return threadId ? { m: threadId, thread: threadId, reply: messageId } : { m: messageId };
}
