/** The sidebar: navigation, channels and direct messages with unread counts, and the viewer's profile. */
import { Link } from '@tanstack/react-router';
import { ArrowRight, Bell, Compass, Plus, Search, Settings, Users } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { ChannelLink } from '../features/channel/ChannelLink';
import { sidebarChannels } from '../features/channel/channel';
import { useNewMemberCount } from '../features/member/newMembers';
import { PresentAvatar } from '../features/presence/PresentAvatar';
import { focusSearchField } from '../features/search/searchFieldFocus';
import {
  useBoot,
  useMe,
  useViewerChannels,
  useWorkspace,
} from '../features/workspace/workspaceContext';
import { m } from '../paraglide/messages';
import { IconButton } from '../ui/Button';
import { CountBadge } from '../ui/CountBadge';
import { lazyDialog } from '../ui/lazyDialog';
import { openSwitcher, searchKeys, switcherKeys } from './Shortcuts';
import { WorkspaceMenu } from './WorkspaceMenu';

const CreateChannelDialog = lazyDialog(
  async () => (await import('../features/channel/CreateChannelDialog')).CreateChannelDialog,
);
const OpenDirectDialog = lazyDialog(
  async () => (await import('../features/channel/OpenDirectDialog')).OpenDirectDialog,
);

export function Sidebar() {
  const { id } = useWorkspace();
  const me = useMe();
  const channels = useViewerChannels();
  const unreadNotifications = useBoot((boot) => boot.unreadNotifications);
  const newMembers = useNewMemberCount();
  const [dialog, setDialog] = useState<'channel' | 'direct' | null>(null);
  const { named, direct } = sidebarChannels(channels, me.id);
  const close = () => setDialog(null);
  return (
    <nav
      aria-label={m.app_sidebar_label()}
      className="flex w-full shrink-0 flex-col border-r border-line bg-side md:w-62"
    >
      <WorkspaceMenu />
      <div className="px-2.5 pb-2">
        <button
          type="button"
          onClick={openSwitcher}
          className="flex h-8 w-full items-center gap-2 rounded-lg border touch:h-11 border-line bg-page px-2.5 text-faint hover:border-line-strong"
        >
          <ArrowRight size={14} aria-hidden="true" />
          <span className="flex-1 text-left">{m.app_sidebar_switcher()}</span>
          <kbd className="font-sans text-[11px] touch:hidden">{switcherKeys()}</kbd>
        </button>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-2.5 pb-4">
        <ul>
          <NavItem
            to="/w/$workspaceId/search"
            workspaceId={id}
            icon={<Search size={15} />}
            onClick={focusSearchField}
          >
            <span className="flex-1">{m.app_sidebar_search()}</span>
            <kbd className="font-sans text-[11px] text-faint touch:hidden">{searchKeys()}</kbd>
          </NavItem>
          <NavItem to="/w/$workspaceId/activity" workspaceId={id} icon={<Bell size={15} />}>
            <span className="flex-1">{m.app_sidebar_activity()}</span>
            {unreadNotifications > 0 && <CountBadge count={unreadNotifications} />}
          </NavItem>
          <NavItem to="/w/$workspaceId/browse" workspaceId={id} icon={<Compass size={15} />}>
            {m.app_sidebar_browse_channels()}
          </NavItem>
          <NavItem to="/w/$workspaceId/people" workspaceId={id} icon={<Users size={15} />}>
            <span className="flex-1">{m.app_sidebar_people()}</span>
            {newMembers > 0 && <CountBadge count={newMembers} label={m.app_sidebar_new_people} />}
          </NavItem>
        </ul>
        <Section
          title={m.app_sidebar_channels()}
          action={m.app_sidebar_create_channel()}
          onAction={() => setDialog('channel')}
        >
          {named.map((channel) => (
            <ChannelLink key={channel.id} channel={channel} />
          ))}
        </Section>
        <Section
          title={m.app_sidebar_direct_messages()}
          action={m.app_sidebar_new_message()}
          onAction={() => setDialog('direct')}
        >
          {direct.map((channel) => (
            <ChannelLink key={channel.id} channel={channel} />
          ))}
        </Section>
      </div>
      <div className="flex items-center gap-1 border-t border-line p-1.5">
        <Link
          to="/w/$workspaceId/profile"
          params={{ workspaceId: id }}
          title={m.app_sidebar_your_profile()}
          className="flex min-w-0 flex-1 items-center gap-2.5 rounded-lg px-2 py-1.5 hover:bg-hover aria-[current=page]:bg-pressed touch:min-h-11"
        >
          <PresentAvatar id={me.id} name={me.name} url={me.avatarUrl} size={26} />
          <bdi className="min-w-0 flex-1 truncate font-medium">{me.name}</bdi>
        </Link>
        <Link
          to="/settings"
          title={m.app_sidebar_settings()}
          aria-label={m.app_sidebar_settings()}
          className="inline-flex size-9 items-center touch:size-11 justify-center rounded-lg text-soft hover:bg-hover hover:text-ink"
        >
          <Settings size={16} aria-hidden="true" />
        </Link>
      </div>
      <CreateChannelDialog open={dialog === 'channel'} onClose={close} />
      <OpenDirectDialog open={dialog === 'direct'} onClose={close} />
    </nav>
  );
}

interface NavItemProps {
  to: `/w/$workspaceId/${'search' | 'activity' | 'browse' | 'people'}`;
  workspaceId: string;
  icon: ReactNode;
  onClick?: () => void;
  children: ReactNode;
}

function NavItem({ to, workspaceId, icon, onClick, children }: NavItemProps) {
  return (
    <li>
      <Link
        to={to}
        params={{ workspaceId }}
        onClick={onClick}
        className="flex h-8 items-center gap-2.5 rounded-md px-2 touch:h-11 text-soft hover:bg-hover aria-[current=page]:bg-pressed aria-[current=page]:text-ink"
      >
        <span aria-hidden="true">{icon}</span>
        {children}
      </Link>
    </li>
  );
}

interface SectionProps {
  title: string;
  action: string;
  onAction(): void;
  children: ReactNode;
}

function Section({ title, action, onAction, children }: SectionProps) {
  return (
    <section aria-label={title} className="mt-4">
      <div className="flex h-7 items-center touch:h-11 justify-between pl-2">
        <h2 className="text-[12px] font-semibold text-faint">{title}</h2>
        <IconButton label={action} onClick={onAction} className="size-6">
          <Plus size={14} />
        </IconButton>
      </div>
      <ul>{children}</ul>
    </section>
  );
}
