/** Resolves the location of a message by its id. */
import type { ApolloClient } from '@apollo/client';
import { graphql } from '../../gql';

const MESSAGE_ROOT = graphql(`
  query MessageRoot($id: ID!) {
    message(id: $id) {
      id
      rootId: threadId
    }
  }
`);

/** URL parameters that show a message in its channel, or a reply in its thread. */
export interface Place {
  m?: string;
  thread?: string;
  reply?: string;
}

/** A reply opens in its thread, next to the root message. */
export function placeOf({ id, rootId }: { id: string; rootId: string | null }): Place {
  return rootId ? { m: rootId, thread: rootId, reply: id } : { m: id };
}

export async function placeOfMessage(client: ApolloClient, id: string): Promise<Place> {
  return placeOf({ id, rootId: await loadRootId(client, id) });
}

/** Resolves to null unless the message is a reply. */
export async function loadRootId(client: ApolloClient, id: string): Promise<string | null> {
  const { data } = await client.query({ query: MESSAGE_ROOT, variables: { id } });
  return data?.message.rootId ?? null;
}
