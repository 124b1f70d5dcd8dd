/** Unarchives a channel. */
import { useApolloClient } from '@apollo/client/react';
import { command } from '../../apollo/mutate';
import { type Action, useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';

const UNARCHIVE_CHANNEL = graphql(`
  mutation UnarchiveChannel($input: UnarchiveChannelInput!) {
    unarchiveChannel(input: $input) {
      channel {
        ...Channel
      }
    }
  }
`);

export function useUnarchiveChannel(channelId: string): Action<[], unknown> {
  const client = useApolloClient();
  return useAction(() => command(client, UNARCHIVE_CHANNEL, { channelId }));
}
