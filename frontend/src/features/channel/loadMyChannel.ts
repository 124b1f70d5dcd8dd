/** Loads a channel that the viewer has come into. */
import type { ApolloClient } from '@apollo/client';
import { graphql } from '../../gql';
import { setEpoch } from '../reading/readingCache';
import { CHANNEL_BY_ID } from './channel';

const CHANNEL_EPOCH = graphql(`
  query ChannelEpoch($workspaceId: ID!, $id: ID!) {
    channel(workspaceId: $workspaceId, id: $id) {
      id
      reading {
        epoch
      }
    }
  }
`);

/** Loads what the event about a channel that the viewer came into leaves out. */
export async function loadMyChannel(
  client: ApolloClient,
  workspaceId: string,
  id: string,
): Promise<void> {
  const variables = { workspaceId, id };
  const [, { data }] = await Promise.all([
    client.query({ query: CHANNEL_BY_ID, variables, fetchPolicy: 'network-only' }),
    client.query({ query: CHANNEL_EPOCH, variables, fetchPolicy: 'no-cache' }),
  ]);
  const epoch = data?.channel.reading?.epoch;
  if (epoch !== undefined) setEpoch(client.cache, id, epoch);
}
