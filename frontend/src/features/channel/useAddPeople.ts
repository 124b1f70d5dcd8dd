/** Adds members to a channel. */
import { useApolloClient } from '@apollo/client/react';
import { command } from '../../apollo/mutate';
import { type Action, useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';

const ADD_TO_CHANNEL = graphql(`
  mutation AddToChannel($input: AddToChannelInput!) {
    addToChannel(input: $input) {
      seq
    }
  }
`);

export function useAddPeople(channelId: string): Action<[memberIds: string[]], unknown> {
  const client = useApolloClient();
  return useAction((memberIds: string[]) =>
    command(client, ADD_TO_CHANNEL, { channelId, memberIds }),
  );
}
