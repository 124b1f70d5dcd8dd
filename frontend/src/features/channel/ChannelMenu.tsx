/** The menu of a public or private channel, with what the viewer may do. */
import { m } from '../../paraglide/messages';
import { MenuItem, MoreMenu } from '../../ui/Menu';
import { useBoot, useMe } from '../workspace/workspaceContext';
import { type Channel, canManage, isArchived } from './channel';

/** What the menu and the header open. */
export type ChannelDialog = 'members' | 'add' | 'rename' | 'topic' | 'archive' | 'leave';

interface Props {
  channel: Channel;
  onOpen(dialog: ChannelDialog): void;
  onUnarchive(): void;
  /** Leaves without confirmation. */
  onLeave(): void;
}

export function ChannelMenu({ channel, onOpen, onUnarchive, onLeave }: Props) {
  const me = useMe();
  const workspaceCreatedAt = useBoot(({ workspace }) => workspace.createdAt);
  const isMember = channel.viewerIsMember;
  const isManager = canManage(channel, me);
  const archived = isArchived(channel);
  // The first channel is created together with its workspace. Every member joins it, so it cannot be archived.
  const isFirst = channel.createdAt === workspaceCreatedAt;
  if (!isMember && !isManager) return null;
  return (
    <MoreMenu label={m.channel_menu_label()} width="w-48">
      {isMember && !archived && (
        <>
          {/* The header has no room for this button on touch devices. */}
          <MenuItem className="[@media(hover:hover)]:hidden" onClick={() => onOpen('add')}>
            {m.channel_menu_add_people()}
          </MenuItem>
          <MenuItem onClick={() => onOpen('topic')}>{m.channel_menu_edit_topic()}</MenuItem>
        </>
      )}
      {isManager && !archived && (
        <MenuItem onClick={() => onOpen('rename')}>{m.channel_menu_rename()}</MenuItem>
      )}
      {isManager && !archived && !isFirst && (
        <MenuItem onClick={() => onOpen('archive')}>{m.channel_menu_archive()}</MenuItem>
      )}
      {isManager && archived && (
        <MenuItem onClick={onUnarchive}>{m.channel_menu_unarchive()}</MenuItem>
      )}
      {isMember && (
        <MenuItem
          // Leaving a public channel needs no confirmation: members can rejoin, unless it is archived.
          onClick={() => {
            if (channel.kind === 'PRIVATE' || archived) onOpen('leave');
            else onLeave();
          }}
        >
          {m.channel_menu_leave()}
        </MenuItem>
      )}
    </MoreMenu>
  );
}
