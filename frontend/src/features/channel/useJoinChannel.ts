/** Joining and leaving channels. */
import { useMutation } from '@apollo/client/react';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import { listMyChannel } from '../workspace/workspaceCache';
import { useWorkspace } from '../workspace/workspaceContext';

const JOIN_CHANNEL = graphql(`
  mutation JoinChannel($input: JoinChannelInput!) {
    joinChannel(input: $input) {
      channel {
        ...Channel
        ...ChannelReading
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

export function useJoinChannel() {
  const { id: workspaceId, timelines } = useWorkspace();
  const [run, { loading, error }] = useMutation(JOIN_CHANNEL);
  async function join(channelId: string): Promise<boolean> {
    const input = { workspaceId, commandId: mintId('cmd'), channelId };
    const { data } = await run({
      variables: { input },
      update: (cache) => listMyChannel(cache, workspaceId, channelId, true),
    }).catch(() => ({ data: undefined }));
    // What was loaded while looking in from outside was not kept up to date.
    if (data) timelines.drop(channelId);
    return Boolean(data);
  }
  return { join, loading, error };
}

/** The event that follows takes the channel off the list. */
export function useLeaveChannel() {
  const { id: workspaceId } = useWorkspace();
  const [run, { loading, error }] = useMutation(LEAVE_CHANNEL);
  async function leave(channelId: string): Promise<boolean> {
    const input = { workspaceId, commandId: mintId('cmd'), channelId };
    const { data } = await run({ variables: { input } }).catch(() => ({ data: undefined }));
    return Boolean(data);
  }
  return { leave, loading, error };
}
