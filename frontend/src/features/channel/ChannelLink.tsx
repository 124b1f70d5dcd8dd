/** A channel in the list at the side, with what is unread in it. */
import { Link } from '@tanstack/react-router';
import { useDraft } from '../message/draft';
import { PresentAvatar } from '../presence/PresentAvatar';
import { countInWords } from '../reading/countInWords';
import type { MyChannel } from '../workspace/boot';
import { useWorkspace } from '../workspace/workspaceContext';
import { ChannelIcon } from './ChannelIcon';
import { channelTitle, otherOf } from './channel';

/** One line of the channel list: bold when something is unread, a number when it is about the viewer. */
export function ChannelLink({ channel }: { channel: MyChannel }) {
  const { id, me } = useWorkspace();
  const draft = useDraft(me.id, channel.id);
  const unread = channel.reading?.unreadCount ?? 0;
  const direct = channel.kind === 'DIRECT';
  const count = direct ? unread : (channel.reading?.mentionCount ?? 0);
  const other = otherOf(channel, me.id);
  const title = channelTitle(channel, me.id);
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
            <ChannelIcon kind={channel.kind} people={channel.directMembers.length} />
          </span>
        )}
        <bdi className="min-w-0 flex-1 truncate">{title || 'Direct message'}</bdi>
        {draft !== '' && unread === 0 && (
          <span className="text-[11px] text-faint group-aria-[current=page]:hidden">Draft</span>
        )}
        {unread > 0 && <span className="sr-only">, {countInWords(unread)} unread</span>}
        {!direct && count > 0 && <span className="sr-only">, {countInWords(count)} about you</span>}
        {count > 0 ? (
          <span
            aria-hidden="true"
            className="rounded-full bg-notice px-1.5 text-[11px] leading-[17px] font-semibold text-page"
          >
            {count > 99 ? '99+' : count}
          </span>
        ) : (
          unread > 0 && <span aria-hidden="true" className="size-1.5 rounded-full bg-accent" />
        )}
      </Link>
    </li>
  );
}
