/** Who is in a channel, and for owners and admins the way to take somebody out. */
import { useMutation, useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { failureOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import { Button } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/Notice';
import { Spinner } from '../../ui/Spinner';
import type { Member } from '../member/member';
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
  const [remove, removal] = useMutation(REMOVE_FROM_CHANNEL);
  const [asking, setAsking] = useState<Member | null>(null);
  // They keep their lines until the dialog closes, so that nobody moves under the pointer.
  const [removed, setRemoved] = useState<readonly string[]>([]);
  async function removeNow(member: Member) {
    const ids = { channelId: channel.id, memberId: member.id };
    const input = { workspaceId, commandId: mintId('cmd'), ...ids };
    const { data } = await remove({ variables: { input } }).catch(() => ({ data: undefined }));
    if (data) setRemoved((before) => [...before, member.id]);
  }
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
              <bdi className="font-medium">{member.name}</bdi>{' '}
              <bdi className="text-faint">@{member.handle}</bdi>
            </span>
            {removed.includes(member.id) ? (
              <span className="px-2.5 text-[13px] text-faint">Removed</span>
            ) : (
              mayRemove &&
              member.id !== me.id && (
                <Button
                  look="quiet"
                  small
                  aria-label={`Remove ${member.name}`}
                  className="pointer-coarse:h-11"
                  onClick={() => setAsking(member)}
                >
                  Remove
                </Button>
              )
            )}
          </li>
        ))}
      </ul>
      {channel.memberCount > members.length && (
        <p className="mt-2 text-faint">and {channel.memberCount - members.length} more</p>
      )}
      <ConfirmDialog
        open={asking !== null}
        title={`Remove ${asking?.name} from #${channel.name}?`}
        action="Remove"
        onClose={() => setAsking(null)}
        onConfirm={() => asking && removeNow(asking)}
      >
        {channel.kind === 'PRIVATE'
          ? 'They can no longer read this channel, and come back only when somebody adds them.'
          : 'They no longer see it in their list. They can join it again.'}
      </ConfirmDialog>
    </>
  );
}
