/** A channel in the sidebar, with its unread state. */
import { Link } from '@tanstack/react-router';
import { m } from '../../paraglide/messages';
import { CountBadge } from '../../ui/CountBadge';
import { useDraft } from '../message/draft';
import { PresentAvatar } from '../presence/PresentAvatar';
import { formatCount } from '../read_state/formatCount';
import type { ViewerChannel } from '../workspace/boot';
import { useMe, useWorkspace } from '../workspace/workspaceContext';
import { ChannelIcon } from './ChannelIcon';
import { channelTitle, directPartner } from './channel';

/** Bold when unread, with a badge for mentions and direct messages. */
export function ChannelLink({ channel }: { channel: ViewerChannel }) {
  const { id } = useWorkspace();
  const me = useMe();
  const draft = useDraft(me.id, channel.id);
  const unread = channel.readState?.unreadCount ?? 0;
  const direct = channel.kind === 'DIRECT';
  const count = direct ? unread : (channel.readState?.mentionCount ?? 0);
  const other = directPartner(channel, me.id);
  const title = channelTitle(channel, me.id);
  const counts = [
    unread > 0 && m.channel_link_unread({ count: formatCount(unread) }),
    !direct && count > 0 && m.channel_link_mentions({ count, formatted: formatCount(count) }),
  ].filter(Boolean);
  return (
    <li>
      <Link
        to="/w/$workspaceId/c/$channelId"
        params={{ workspaceId: id, channelId: channel.id }}
        activeOptions={{ includeSearch: false }}
        className={`group flex h-7.5 items-center gap-2 rounded-md px-2 touch:h-11 hover:bg-hover aria-[current=page]:bg-pressed aria-[current=page]:text-ink ${unread > 0 || count > 0 ? 'font-semibold text-ink' : 'text-soft'}`}
      >
        {other ? (
          <PresentAvatar id={other.id} name={other.name} url={other.avatarUrl} size={18} />
        ) : (
          <span className="inline-flex w-4.5 justify-center">
            <ChannelIcon kind={channel.kind} memberCount={channel.directMembers.length} />
          </span>
        )}
        <bdi className="min-w-0 flex-1 truncate">{title || m.channel_link_direct_message()}</bdi>
        {draft !== '' && unread === 0 && (
          <span className="text-[11px] text-faint group-aria-[current=page]:hidden">
            {m.channel_link_draft()}
          </span>
        )}
        {counts.length > 0 && <span className="sr-only">({counts.join(', ')})</span>}
        {count > 0 ? (
          <CountBadge count={count} aria-hidden />
        ) : (
          unread > 0 && <span aria-hidden="true" className="size-1.5 rounded-full bg-accent" />
        )}
      </Link>
    </li>
  );
}
