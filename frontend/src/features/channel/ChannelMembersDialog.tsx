/** Who is in a channel, and for owners and admins the way to take somebody out. */
import { useMutation, useQuery } from '@apollo/client/react';
import { failureOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/Notice';
import { Spinner } from '../../ui/Spinner';
import { PresentAvatar } from '../presence/PresentAvatar';
import { useWorkspace } from '../workspace/workspaceContext';
import type { Channel } from './channel';

const CHANNEL_MEMBERS = graphql(`
  query ChannelMembers($workspaceId: ID!, $id: ID!) {
    channel(workspaceId: $workspaceId, id: $id) {
      id
      members(first: 100) {
        nodes {
          ...Member
        }
      }
    }
  }
`);

const REMOVE_FROM_CHANNEL = graphql(`
  mutation RemoveFromChannel($input: RemoveFromChannelInput!) {
    removeFromChannel(input: $input) {
      seq
    }
  }
`);

interface Props {
  channel: Channel;
  open: boolean;
  onClose(): void;
}

export function ChannelMembersDialog({ channel, open, onClose }: Props) {
  return (
    <Dialog open={open} onClose={onClose} title={`Members of #${channel.name}`}>
      <MemberList channel={channel} />
    </Dialog>
  );
}

function MemberList({ channel }: { channel: Channel }) {
  const { id: workspaceId, me } = useWorkspace();
  const { data, error } = useQuery(CHANNEL_MEMBERS, {
    variables: { workspaceId, id: channel.id },
    fetchPolicy: 'network-only',
  });
  const [remove, removal] = useMutation(REMOVE_FROM_CHANNEL, {
    refetchQueries: [CHANNEL_MEMBERS],
  });
  const mayRemove = me.role !== 'MEMBER' && channel.viewerIsMember;
  if (error) return <Notice>{failureOf(error).message}</Notice>;
  if (!data) return <Spinner />;
  const members = data.channel.members.nodes;
  return (
    <>
      {removal.error && <Notice>{failureOf(removal.error).message}</Notice>}
      <ul>
        {members.map((member) => (
          <li key={member.id} className="group flex items-center gap-2.5 py-1.5">
            <PresentAvatar id={member.id} name={member.name} url={member.avatarUrl} size={28} />
            <span className="min-w-0 flex-1 truncate">
              <span className="font-medium">{member.name}</span>{' '}
              <span className="text-faint">@{member.handle}</span>
            </span>
            {mayRemove && member.id !== me.id && (
              <Button
                look="quiet"
                small
                onClick={() => {
                  const input = {
                    workspaceId,
                    commandId: mintId('cmd'),
                    channelId: channel.id,
                    memberId: member.id,
                  };
                  remove({ variables: { input } }).catch(() => {});
                }}
              >
                Remove
              </Button>
            )}
          </li>
        ))}
      </ul>
      {channel.memberCount > members.length && (
        <p className="mt-2 text-faint">and {channel.memberCount - members.length} more</p>
      )}
    </>
  );
}
