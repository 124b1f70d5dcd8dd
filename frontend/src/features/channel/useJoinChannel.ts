/** Joins and leaves channels. */
import { useMutation } from '@apollo/client/react';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
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

export function useJoinChannel() {
  const { id: workspaceId, timelines } = useWorkspace();
  const [run, { loading, error }] = useMutation(JOIN_CHANNEL);
  async function join(channelId: string): Promise<boolean> {
    const input = { workspaceId, commandId: mintId('cmd'), channelId };
    const { data } = await run({
      variables: { input },
      update: (cache) => setChannelListed(cache, workspaceId, channelId, true),
    }).catch(() => ({ data: undefined }));
    // Messages loaded before joining were not updated by events.
    if (data) timelines.drop(channelId);
    return Boolean(data);
  }
  return { join, loading, error };
}

/** The event that follows removes the channel from the sidebar. */
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
