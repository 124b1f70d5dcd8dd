/** Adds members to a channel. */
import { useApolloClient } from '@apollo/client/react';
import { mintId } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
import { type Action, useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';

const ADD_TO_CHANNEL = graphql(`
  mutation AddToChannel($input: AddToChannelInput!) {
    addToChannel(input: $input) {
      seq
    }
  }
`);

export function useAddPeople(channelId: string): Action<[memberIds: string[]], void> {
  const client = useApolloClient();
  return useAction(async (memberIds: string[]) => {
    const input = { commandId: mintId('cmd'), channelId, memberIds };
    await mutate(client, ADD_TO_CHANNEL, input);
  });
}
