/** Opens the direct channel with the given members, creating it if necessary. */
import { useMutation } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { type Failure, failureOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import { setChannelListed } from '../workspace/workspaceCache';
import { useWorkspace } from '../workspace/workspaceContext';

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
export function useOpenDirect(): {
  openDirect(memberIds: string[]): Promise<boolean>;
  loading: boolean;
  failure: Failure | undefined;
} {
  const { id: workspaceId, channels, me } = useWorkspace();
  const navigate = useNavigate();
  const [open, { loading, error }] = useMutation(OPEN_DIRECT, {
    update: (cache, { data }) => {
      if (data) setChannelListed(cache, workspaceId, data.openDirect.channel.id, true);
    },
  });

  async function openDirect(memberIds: string[]): Promise<boolean> {
    const everyone = new Set([...memberIds, me.id]);
    const known = channels.find(
      ({ kind, directMembers }) =>
        kind === 'DIRECT' &&
        directMembers.length === everyone.size &&
        directMembers.every((member) => everyone.has(member.id)),
    );
    const input = { workspaceId, id: mintId('chn'), memberIds };
    const channelId =
      known?.id ??
      (await open({ variables: { input } }).catch(() => undefined))?.data?.openDirect.channel.id;
    if (!channelId) return false;
    await navigate({
      to: '/w/$workspaceId/c/$channelId',
      params: { workspaceId, channelId },
    });
    return true;
  }

  return { openDirect, loading, failure: error && failureOf(error) };
}
