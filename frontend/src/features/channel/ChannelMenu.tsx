/** The menu of a public or private channel, with what the viewer may do. */
import { Menu } from '@base-ui/react/menu';
import { Ellipsis } from 'lucide-react';
import { m } from '../../paraglide/messages';
import { IconButton } from '../../ui/Button';
import { menuItemClass } from '../../ui/menuItemClass';
import { useMe } from '../workspace/workspaceContext';
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
  const isMember = channel.viewerIsMember;
  const isManager = canManage(channel, me);
  const archived = isArchived(channel);
  if (!isMember && !isManager) return null;
  return (
    <Menu.Root>
      <Menu.Trigger render={<IconButton label={m.channel_menu_label()} />}>
        <Ellipsis size={17} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={4} className="z-30">
          <Menu.Popup className="w-48 rounded-xl border border-line bg-raised p-1.5 shadow-pop outline-none">
            {isMember && !archived && (
              <>
                {/* The header has no room for this button on touch devices. */}
                <Menu.Item
                  className={`${menuItemClass} [@media(hover:hover)]:hidden`}
                  onClick={() => onOpen('add')}
                >
                  {m.channel_menu_add_people()}
                </Menu.Item>
                <Menu.Item className={menuItemClass} onClick={() => onOpen('topic')}>
                  {m.channel_menu_edit_topic()}
                </Menu.Item>
              </>
            )}
            {isManager && !archived && (
              <>
                <Menu.Item className={menuItemClass} onClick={() => onOpen('rename')}>
                  {m.channel_menu_rename()}
                </Menu.Item>
                <Menu.Item className={menuItemClass} onClick={() => onOpen('archive')}>
                  {m.channel_menu_archive()}
                </Menu.Item>
              </>
            )}
            {isManager && archived && (
              <Menu.Item className={menuItemClass} onClick={onUnarchive}>
                {m.channel_menu_unarchive()}
              </Menu.Item>
            )}
            {isMember && (
              <Menu.Item
                className={menuItemClass}
                // Leaving a public channel needs no confirmation: members can rejoin, unless it is archived.
                onClick={() => {
                  if (channel.kind === 'PRIVATE' || archived) onOpen('leave');
                  else onLeave();
                }}
              >
                {m.channel_menu_leave()}
              </Menu.Item>
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
