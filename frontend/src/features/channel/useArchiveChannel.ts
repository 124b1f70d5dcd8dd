/** Archives and unarchives a channel. */
import { useApolloClient } from '@apollo/client/react';
import { mintId } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
import { type Action, useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';

const ARCHIVE_CHANNEL = graphql(`
  mutation ArchiveChannel($input: ArchiveChannelInput!) {
    archiveChannel(input: $input) {
      channel {
        ...Channel
      }
    }
  }
`);

const UNARCHIVE_CHANNEL = graphql(`
  mutation UnarchiveChannel($input: UnarchiveChannelInput!) {
    unarchiveChannel(input: $input) {
      channel {
        ...Channel
      }
    }
  }
`);

export function useArchiveChannel(channelId: string): Action<[], void> {
  const client = useApolloClient();
  return useAction(async () => {
    await mutate(client, ARCHIVE_CHANNEL, { commandId: mintId('cmd'), channelId });
  });
}

export function useUnarchiveChannel(channelId: string): Action<[], void> {
  const client = useApolloClient();
  return useAction(async () => {
    await mutate(client, UNARCHIVE_CHANNEL, { commandId: mintId('cmd'), channelId });
  });
}
