/** The member list of a channel. Owners and admins can remove members. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { failureOf } from '../../apollo/failure';
import { command } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { Dialog } from '../../ui/Dialog';
import { Spinner } from '../../ui/Spinner';
import type { Member } from '../member/member';
import { PresentAvatar } from '../presence/PresentAvatar';
import { useMe } from '../workspace/workspaceContext';
import { type Channel, type ChannelDialogProps, isArchived } from './channel';

const CHANNEL_MEMBERS = graphql(`
  query ChannelMembers($id: ID!) {
    channel(id: $id) {
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

export function ChannelMembersDialog({ channel, ...dialog }: ChannelDialogProps) {
  return (
    <Dialog {...dialog} title={m.channel_members_dialog_title({ channel: channel.name ?? '' })}>
      <MemberList channel={channel} />
    </Dialog>
  );
}

function MemberList({ channel }: { channel: Channel }) {
  const me = useMe();
  const { data, error } = useQuery(CHANNEL_MEMBERS, {
    variables: { id: channel.id },
    fetchPolicy: 'network-only',
  });
  const client = useApolloClient();
  const [confirming, setConfirming] = useState<Member | null>(null);
  // Removed members keep their rows until the dialog closes, so that no row moves under the pointer.
  const [removed, setRemoved] = useState<readonly string[]>([]);
  const remove = useAction(async (member: Member) => {
    const input = { channelId: channel.id, memberId: member.id };
    await command(client, REMOVE_FROM_CHANNEL, input);
    setRemoved((before) => [...before, member.id]);
  });
  const canRemove = me.role !== 'MEMBER' && channel.viewerIsMember;
  if (error) return <FailureNotice failure={failureOf(error)} />;
  if (!data) return <Spinner />;
  const members = data.channel.members.nodes;
  return (
    <>
      <FailureNotice failure={remove.failure} />
      <ul>
        {members.map((member) => (
          <li key={member.id} className="group flex items-center gap-2.5 py-1.5">
            <PresentAvatar id={member.id} name={member.name} url={member.avatarUrl} size={28} />
            <span className="min-w-0 flex-1 truncate">
              <bdi className="font-medium">{member.name}</bdi>{' '}
              <bdi className="text-faint">@{member.handle}</bdi>
            </span>
            {removed.includes(member.id) ? (
              <span className="px-2.5 text-[13px] text-faint">
                {m.channel_members_dialog_removed()}
              </span>
            ) : (
              canRemove &&
              member.id !== me.id && (
                <Button
                  variant="quiet"
                  small
                  aria-label={m.channel_members_dialog_remove_label({ name: member.name })}
                  className="pointer-coarse:h-11"
                  onClick={() => setConfirming(member)}
                >
                  {m.ui_remove()}
                </Button>
              )
            )}
          </li>
        ))}
      </ul>
      {channel.memberCount > members.length && (
        <p className="mt-2 text-faint">
          {m.channel_members_dialog_more({ count: channel.memberCount - members.length })}
        </p>
      )}
      <ConfirmDialog
        open={confirming !== null}
        title={m.channel_members_dialog_remove_question({
          member: confirming?.name ?? '',
          channel: channel.name ?? '',
        })}
        action={m.ui_remove()}
        onClose={() => setConfirming(null)}
        onConfirm={() => confirming && remove.run(confirming)}
      >
        {channel.kind === 'PRIVATE'
          ? m.channel_members_dialog_remove_private()
          : isArchived(channel)
            ? m.channel_members_dialog_remove_archived()
            : m.channel_members_dialog_remove_consequence()}
      </ConfirmDialog>
    </>
  );
}
