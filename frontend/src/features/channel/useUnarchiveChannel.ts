/** Unarchives a channel. */
import { useApolloClient } from '@apollo/client/react';
import { command } from '../../apollo/mutate';
import { type Action, useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';

// The event changes the channel in the cache, and refreshes what depends on it.
const UNARCHIVE_CHANNEL = graphql(`
  mutation UnarchiveChannel($input: UnarchiveChannelInput!) {
    unarchiveChannel(input: $input) {
      seq
    }
  }
`);

export function useUnarchiveChannel(channelId: string): Action<[], unknown> {
  const client = useApolloClient();
  return useAction(() => command(client, UNARCHIVE_CHANNEL, { channelId }));
}
