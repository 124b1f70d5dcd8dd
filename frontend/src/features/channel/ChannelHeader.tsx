/** The channel header: name, topic, search, files, members and the channel menu. */
import { Menu } from '@base-ui/react/menu';
import { useNavigate } from '@tanstack/react-router';
import { Ellipsis, Files, UserPlus, Users } from 'lucide-react';
import { lazy, type ReactNode, useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { IconButton } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { MountOnOpen } from '../../ui/MountOnOpen';
import { menuItemClass } from '../../ui/menuItemClass';
import { PresentAvatar } from '../presence/PresentAvatar';
import { BackLink } from '../workspace/BackLink';
import { useMe, useWorkspace } from '../workspace/workspaceContext';
import { ChannelIcon } from './ChannelIcon';
import { type Channel, channelTitle, directPartner } from './channel';
import { useLeaveChannel } from './useJoinChannel';

const AddPeopleDialog = lazy(async () => ({
  default: (await import('./AddPeopleDialog')).AddPeopleDialog,
}));
const ChannelMembersDialog = lazy(async () => ({
  default: (await import('./ChannelMembersDialog')).ChannelMembersDialog,
}));

interface Props {
  channel: Channel;
  /** The link to the search. */
  search: ReactNode;
  showsFiles: boolean;
  /** Toggles the files pane. */
  onShowFiles(): void;
}

export function ChannelHeader({ channel, search, showsFiles, onShowFiles }: Props) {
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const navigate = useNavigate();
  const leave = useLeaveChannel(channel.id);
  const [dialog, setDialog] = useState<'members' | 'add' | 'leave' | null>(null);
  async function leaveNow() {
    if (await leave.run()) navigate({ to: '/w/$workspaceId', params: { workspaceId } });
  }
  const direct = channel.kind === 'DIRECT';
  const other = directPartner(channel, me.id);
  const title = channelTitle(channel, me.id);
  const close = () => setDialog(null);
  return (
    <>
      <header className="flex h-13 shrink-0 items-center gap-2 border-b border-line px-4 touch:gap-0.5 touch:px-2">
        <BackLink />
        {other ? (
          <PresentAvatar id={other.id} name={other.name} url={other.avatarUrl} size={24} />
        ) : (
          <ChannelIcon kind={channel.kind} memberCount={channel.directMembers.length} size={16} />
        )}
        {/* The topic shrinks first, then the name. */}
        <div className="flex min-w-0 flex-1 items-baseline gap-2">
          <h1 dir="auto" title={title} className="min-w-0 truncate text-[15px] font-semibold">
            {title}
          </h1>
          {channel.topic !== '' && (
            <p
              dir="auto"
              title={channel.topic}
              className="hidden min-w-24 shrink-9999 truncate text-[13px] text-faint sm:block"
            >
              {channel.topic}
            </p>
          )}
        </div>
        {search}
        <IconButton label="Files" aria-pressed={showsFiles} onClick={onShowFiles}>
          <Files size={16} />
        </IconButton>
        {!direct && (
          <>
            <button
              type="button"
              onClick={() => setDialog('members')}
              title="Members"
              className="flex h-7 items-center gap-1.5 rounded-md px-2 text-soft hover:bg-hover touch:h-11 touch:min-w-11"
            >
              <Users size={15} aria-hidden="true" />
              <span className="tabular-nums">{channel.memberCount}</span>
              <span className="sr-only">{channel.memberCount === 1 ? 'member' : 'members'}</span>
            </button>
            {channel.viewerIsMember && (
              <>
                <IconButton
                  label="Add people"
                  className="touch:hidden"
                  onClick={() => setDialog('add')}
                >
                  <UserPlus size={16} />
                </IconButton>
                <Menu.Root>
                  <Menu.Trigger render={<IconButton label="More" />}>
                    <Ellipsis size={17} />
                  </Menu.Trigger>
                  <Menu.Portal>
                    <Menu.Positioner align="end" sideOffset={4} className="z-30">
                      <Menu.Popup className="w-48 rounded-xl border border-line bg-raised p-1.5 shadow-pop outline-none">
                        {/* The header has no room for this button on touch devices. */}
                        <Menu.Item
                          className={`${menuItemClass} [@media(hover:hover)]:hidden`}
                          onClick={() => setDialog('add')}
                        >
                          Add people
                        </Menu.Item>
                        <Menu.Item
                          className={menuItemClass}
                          // Leaving a public channel needs no confirmation: members can rejoin.
                          onClick={() => {
                            if (channel.kind === 'PRIVATE') setDialog('leave');
                            else leaveNow();
                          }}
                        >
                          Leave channel
                        </Menu.Item>
                      </Menu.Popup>
                    </Menu.Positioner>
                  </Menu.Portal>
                </Menu.Root>
              </>
            )}
            <ConfirmDialog
              open={dialog === 'leave'}
              title={`Leave #${title}?`}
              action="Leave"
              onClose={close}
              onConfirm={leaveNow}
            >
              This channel is private. You won't be able to read it or rejoin unless a member adds
              you.
            </ConfirmDialog>
            <MountOnOpen open={dialog === 'members'} onClose={close}>
              <ChannelMembersDialog channel={channel} open={dialog === 'members'} onClose={close} />
            </MountOnOpen>
            <MountOnOpen open={dialog === 'add'} onClose={close}>
              <AddPeopleDialog channel={channel} open={dialog === 'add'} onClose={close} />
            </MountOnOpen>
          </>
        )}
      </header>
      <FailureNotice failure={leave.failure} />
    </>
  );
}
