/** Loads a channel that the viewer joined or was added to. */
import type { ApolloClient } from '@apollo/client';
import { graphql } from '../../gql';
import { setEpoch } from '../read_state/readStateCache';
import { CHANNEL_BY_ID } from './channel';

const CHANNEL_EPOCH = graphql(`
  query ChannelEpoch($id: ID!) {
    channel(id: $id) {
      id
      readState {
        epoch
      }
    }
  }
`);

/** Loads the fields that the event omits. */
export async function loadViewerChannel(client: ApolloClient, id: string): Promise<void> {
  const variables = { id };
  const [, { data }] = await Promise.all([
    client.query({ query: CHANNEL_BY_ID, variables, fetchPolicy: 'network-only' }),
    client.query({ query: CHANNEL_EPOCH, variables, fetchPolicy: 'no-cache' }),
  ]);
  const epoch = data?.channel.readState?.epoch;
  if (epoch !== undefined) setEpoch(client.cache, id, epoch);
}
