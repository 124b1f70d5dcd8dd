/** Adds members to a channel. */
import { useMutation } from '@apollo/client/react';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import { useWorkspace } from '../workspace/workspaceContext';

const ADD_TO_CHANNEL = graphql(`
  mutation AddToChannel($input: AddToChannelInput!) {
    addToChannel(input: $input) {
      seq
    }
  }
`);

export function useAddPeople(channelId: string) {
  const { id: workspaceId } = useWorkspace();
  const [run, { loading, error, reset }] = useMutation(ADD_TO_CHANNEL);
  /** Resolves to true on success. */
  async function add(memberIds: string[]): Promise<boolean> {
    const input = { workspaceId, commandId: mintId('cmd'), channelId, memberIds };
    const { data } = await run({ variables: { input } }).catch(() => ({ data: undefined }));
    return Boolean(data);
  }
  return { add, loading, error, reset };
}
