/** Opens the direct channel with the given members, creating it if necessary. */
import { useApolloClient } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { mintIdIn } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
import { type Action, useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import { setChannelListed } from '../workspace/workspaceCache';
import { useMe, useWorkspace } from '../workspace/workspaceContext';

const OPEN_DIRECT = graphql(`
  mutation OpenDirect($input: OpenDirectInput!) {
    openDirect(input: $input) {
      channel {
        ...Channel
        ...ChannelReadState
      }
    }
  }
`);

/** Navigates to the one direct channel with these members. */
export function useOpenDirect(): Action<[memberIds: string[]], void> {
  const client = useApolloClient();
  const { id: workspaceId, boot } = useWorkspace();
  const me = useMe();
  const navigate = useNavigate();

  async function create(memberIds: string[]): Promise<string> {
    const input = { workspaceId, id: mintIdIn(workspaceId, 'chn'), memberIds };
    const { openDirect } = await mutate(client, OPEN_DIRECT, input);
    setChannelListed(client.cache, workspaceId, openDirect.channel.id, true);
    return openDirect.channel.id;
  }

  return useAction(async (memberIds: string[]) => {
    const everyone = new Set([...memberIds, me.id]);
    const known = boot
      .get()
      .channels.find(
        ({ kind, directMembers }) =>
          kind === 'DIRECT' &&
          directMembers.length === everyone.size &&
          directMembers.every((member) => everyone.has(member.id)),
      );
    const channelId = known?.id ?? (await create(memberIds));
    await navigate({ to: '/w/$workspaceId/c/$channelId', params: { workspaceId, channelId } });
  });
}
