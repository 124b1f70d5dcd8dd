/** Quick switcher: opens any channel or person by name. */

import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useId, useState } from 'react';
import { FailureNotice } from '../apollo/FailureNotice';
import { ChannelIcon } from '../features/channel/ChannelIcon';
import { type Channel, channelTitle, directPartner, isArchived } from '../features/channel/channel';
import { useOpenDirect } from '../features/channel/useOpenDirect';
import { formatCount } from '../features/read_state/formatCount';
import { type Named, useNames } from '../features/search/useNames';
import type { ViewerChannel } from '../features/workspace/boot';
import { useMe, useViewerChannels, useWorkspace } from '../features/workspace/workspaceContext';
import { m } from '../paraglide/messages';
import { Avatar } from '../ui/Avatar';
import { isInputMethodKey } from '../ui/keys';

const maxShown = 9;

/** The server matches names. Group conversations have none and are matched by their members on the client. */
export function QuickSwitcher({ onClose }: { onClose(): void }) {
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const channels = useViewerChannels();
  const navigate = useNavigate();
  const openDirect = useOpenDirect();
  const id = useId();
  const [word, setWord] = useState('');
  const [active, setActive] = useState(0);
  const search = word.trim().replace(/^[#@]/, '').toLowerCase();
  const { names } = useNames(search, maxShown);
  const own = matchingChannels(channels, search, me.id);
  const targets = mergeTargets(own, names);

  async function go(target: Named | undefined) {
    if (!target) return;
    if (target.kind === 'channel') {
      navigate({
        to: '/w/$workspaceId/c/$channelId',
        params: { workspaceId, channelId: target.channel.id },
      });
    } else {
      const { id: memberId } = target.member;
      const opened = await openDirect.run(memberId === me.id ? [] : [memberId]);
      if (!opened) return;
    }
    onClose();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (isInputMethodKey(event)) return;
    if (event.key === 'ArrowDown') setActive((active + 1) % Math.max(1, targets.length));
    else if (event.key === 'ArrowUp')
      setActive((active + targets.length - 1) % Math.max(1, targets.length));
    else if (event.key === 'Enter') go(targets[active]);
    else return;
    event.preventDefault();
  }

  return (
    <div className="p-2">
      <input
        value={word}
        onChange={(event) => {
          setWord(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={targets[active] && `${id}-${active}`}
        aria-label={m.app_quick_switcher_label()}
        placeholder={m.app_quick_switcher_placeholder()}
        className="h-11 w-full bg-transparent px-3 text-[16px] outline-none placeholder:text-faint"
      />
      <div
        id={id}
        role="listbox"
        aria-label={m.app_quick_switcher_matches()}
        className="border-t border-line pt-1.5"
      >
        {targets.map((target, index) => (
          <div
            key={idOf(target)}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            onMouseMove={() => setActive(index)}
            onMouseDown={(event) => {
              event.preventDefault();
              go(target);
            }}
            className="flex h-9 cursor-pointer touch:h-11 items-center gap-2.5 rounded-lg px-3 aria-selected:bg-hover"
          >
            <TargetRow target={target} />
          </div>
        ))}
        {targets.length === 0 && (
          <p className="px-3 py-3 text-faint">{m.app_quick_switcher_no_matches()}</p>
        )}
        <FailureNotice failure={openDirect.failure} />
      </div>
    </div>
  );
}

function TargetRow({ target }: { target: Named }) {
  const me = useMe();
  const channels = useViewerChannels();
  const unread = channels.find((channel) => opensChannel(target, channel, me.id))?.readState
    ?.unreadCount;
  const detail = unread ? m.app_quick_switcher_unread({ count: formatCount(unread) }) : '';
  if (target.kind === 'member') {
    const { id, name, handle, avatarUrl } = target.member;
    return (
      <>
        <Avatar id={id} name={name} url={avatarUrl} size={22} />
        <bdi className="min-w-0 truncate">{name}</bdi>
        <bdi className="text-[12.5px] text-faint">{detail || `@${handle}`}</bdi>
      </>
    );
  }
  const { channel } = target;
  return (
    <>
      <span className="inline-flex w-5.5 justify-center">
        <ChannelIcon kind={channel.kind} memberCount={channel.directMembers.length} />
      </span>
      <bdi className="min-w-0 truncate">{channelTitle(channel, me.id)}</bdi>
      <span className="text-[12.5px] text-faint">
        {isArchived(channel) ? m.channel_archived() : detail}
      </span>
    </>
  );
}

function opensChannel(target: Named, channel: Channel, meId: string): boolean {
  if (target.kind === 'channel') return target.channel.id === channel.id;
  return directPartner(channel, meId)?.id === target.member.id;
}

function idOf(target: Named): string {
  return target.kind === 'channel' ? target.channel.id : target.member.id;
}

/** The viewer's channels whose title contains the search text, unread channels first, archived channels last. */
function matchingChannels(
  channels: readonly ViewerChannel[],
  search: string,
  meId: string,
): ViewerChannel[] {
  const unread = (channel: ViewerChannel) =>
    !isArchived(channel) && (channel.readState?.unreadCount ?? 0) > 0;
  const rank = (channel: ViewerChannel) => Number(unread(channel)) - Number(isArchived(channel));
  const title = (channel: Channel) => channelTitle(channel, meId);
  return channels
    .filter((channel) => title(channel).toLowerCase().includes(search))
    .filter((channel) => search !== '' || !isArchived(channel))
    .sort((a, b) => rank(b) - rank(a) || title(a).localeCompare(title(b)));
}

/** Only the viewer's own channels until the server responds. */
function mergeTargets(own: readonly ViewerChannel[], found: readonly Named[] | null): Named[] {
  const listed = own.map((channel): Named => ({ kind: 'channel', channel }));
  if (!found) return listed.slice(0, maxShown);
  // One-to-one conversations are listed as members, whom the server finds by name.
  const groups = listed.filter(
    (one) => one.kind === 'channel' && one.channel.directMembers.length > 2,
  );
  return [...found, ...groups].slice(0, maxShown);
}
