/** Joins and leaves channels. */
import { useApolloClient } from '@apollo/client/react';
import { command } from '../../apollo/mutate';
import { type Action, useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import { useTimelines } from '../message/useTimelines';
import { setChannelListed } from '../workspace/workspaceCache';
import { useWorkspace } from '../workspace/workspaceContext';

const JOIN_CHANNEL = graphql(`
  mutation JoinChannel($input: JoinChannelInput!) {
    joinChannel(input: $input) {
      channel {
        ...Channel
        ...ChannelReadState
      }
    }
  }
`);

const LEAVE_CHANNEL = graphql(`
  mutation LeaveChannel($input: LeaveChannelInput!) {
    leaveChannel(input: $input) {
      channelId
    }
  }
`);

export function useJoinChannel(channelId: string): Action<[], void> {
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  const timelines = useTimelines();
  return useAction(async () => {
    await command(client, JOIN_CHANNEL, { channelId });
    setChannelListed(client.cache, workspaceId, channelId, true);
    // Messages loaded before joining were not updated by events.
    timelines.drop(channelId);
  });
}

/** The event that follows removes the channel from the sidebar. */
export function useLeaveChannel(channelId: string): Action<[], unknown> {
  const client = useApolloClient();
  return useAction(() => command(client, LEAVE_CHANNEL, { channelId }));
}
