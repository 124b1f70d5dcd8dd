/** Channels and members that match by name, shown above messages. */
import { Link } from '@tanstack/react-router';
import { FailureNotice } from '../../apollo/FailureNotice';
import { m } from '../../paraglide/messages';
import { ChannelIcon } from '../channel/ChannelIcon';
import { type Channel, channelTitle, isArchived } from '../channel/channel';
import { useOpenDirect } from '../channel/useOpenDirect';
import type { Member } from '../member/member';
import { PresentAvatar } from '../presence/PresentAvatar';
import { useMe, useWorkspace } from '../workspace/workspaceContext';

interface Props {
  channels: readonly Channel[];
  members: readonly Member[];
  onOpen(id: string): void;
}

const linkClass =
  'flex h-8 max-w-full items-center gap-1.5 rounded-lg border border-line bg-raised px-2.5 hover:border-line-strong hover:bg-hover';

export function NameHits({ channels, members, onOpen }: Props) {
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const openDirect = useOpenDirect();
  if (channels.length === 0 && members.length === 0) return null;
  return (
    <section aria-label={m.search_name_hits_label()} className="mb-4">
      <ul className="flex flex-wrap gap-1.5">
        {channels.map((channel) => (
          <li key={channel.id} className="max-w-full">
            <Link
              to="/w/$workspaceId/c/$channelId"
              params={{ workspaceId, channelId: channel.id }}
              data-hit={channel.id}
              onClick={() => onOpen(channel.id)}
              className={linkClass}
            >
              <ChannelIcon kind={channel.kind} memberCount={channel.directMembers.length} />
              <bdi className="truncate">{channelTitle(channel, me.id)}</bdi>
              {isArchived(channel) && (
                <span className="shrink-0 text-[12.5px] text-faint">{m.channel_archived()}</span>
              )}
            </Link>
          </li>
        ))}
        {members.map((member) => (
          <li key={member.id} className="max-w-full">
            <button
              type="button"
              data-hit={member.id}
              title={m.search_name_hits_message({ name: member.name })}
              onClick={() => {
                onOpen(member.id);
                openDirect.run(member.id === me.id ? [] : [member.id]);
              }}
              className={linkClass}
            >
              <PresentAvatar id={member.id} name={member.name} url={member.avatarUrl} size={18} />
              <bdi className="truncate">{member.name}</bdi>
              <span className="shrink-0 text-[12.5px] text-faint max-sm:hidden">
                @{member.handle}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <FailureNotice failure={openDirect.failure} />
    </section>
  );
}
