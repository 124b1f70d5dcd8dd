/** A field that leads to any channel or person by a few letters of the name. */
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useId, useState } from 'react';
import { ChannelIcon } from '../features/channel/ChannelIcon';
import { type Channel, channelTitle, otherOf } from '../features/channel/channel';
import { useOpenDirect } from '../features/channel/useOpenDirect';
import { countInWords } from '../features/reading/countInWords';
import { type Named, useNames } from '../features/search/useNames';
import type { MyChannel } from '../features/workspace/boot';
import { useWorkspace } from '../features/workspace/workspaceContext';
import { Avatar } from '../ui/Avatar';
import { isOfInputMethod } from '../ui/keys';

const mostShown = 9;

/** What the server finds by the name; direct channels, which have none, by who is in them. */
export function QuickSwitcher({ onClose }: { onClose(): void }) {
  const { id: workspaceId, me, channels } = useWorkspace();
  const navigate = useNavigate();
  const { openDirect, failure } = useOpenDirect();
  const id = useId();
  const [word, setWord] = useState('');
  const [active, setActive] = useState(0);
  const search = word.trim().replace(/^[#@]/, '').toLowerCase();
  const { names } = useNames(search, mostShown);
  const mine = matching(channels, search, me.id);
  const targets = targetsOf(mine, names);

  async function go(target: Named | undefined) {
    if (!target) return;
    if (target.kind === 'channel') {
      navigate({
        to: '/w/$workspaceId/c/$channelId',
        params: { workspaceId, channelId: target.channel.id },
      });
    } else {
      const { id: memberId } = target.member;
      const opened = await openDirect(memberId === me.id ? [] : [memberId]);
      if (!opened) return;
    }
    onClose();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (isOfInputMethod(event)) return;
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
        autoFocus
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
        aria-label="Go to a channel or person"
        placeholder="Go to a channel or person…"
        className="h-11 w-full bg-transparent px-3 text-[16px] outline-none placeholder:text-faint"
      />
      <div id={id} role="listbox" aria-label="Matches" className="border-t border-line pt-1.5">
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
            <Line target={target} />
          </div>
        ))}
        {targets.length === 0 && <p className="px-3 py-3 text-faint">Nothing by that name.</p>}
        {failure && <p className="px-3 py-2 text-danger">{failure.message}</p>}
      </div>
    </div>
  );
}

function Line({ target }: { target: Named }) {
  const { me, channels } = useWorkspace();
  const unread = channels.find((channel) => leadsTo(target, channel, me.id))?.reading?.unreadCount;
  const detail = unread ? `${countInWords(unread)} unread` : '';
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
        <ChannelIcon kind={channel.kind} people={channel.directMembers.length} />
      </span>
      <bdi className="min-w-0 truncate">{channelTitle(channel, me.id)}</bdi>
      <span className="text-[12.5px] text-faint">{detail}</span>
    </>
  );
}

function leadsTo(target: Named, channel: Channel, meId: string): boolean {
  if (target.kind === 'channel') return target.channel.id === channel.id;
  return otherOf(channel, meId)?.id === target.member.id;
}

function idOf(target: Named): string {
  return target.kind === 'channel' ? target.channel.id : target.member.id;
}

/** The viewer's own channels with the word in their title, unread ones before others. */
function matching(channels: readonly MyChannel[], search: string, meId: string): MyChannel[] {
  const unread = ({ reading }: MyChannel) => ((reading?.unreadCount ?? 0) > 0 ? 1 : 0);
  const title = (channel: Channel) => channelTitle(channel, meId);
  return channels
    .filter((channel) => title(channel).toLowerCase().includes(search))
    .sort((a, b) => unread(b) - unread(a) || title(a).localeCompare(title(b)));
}

/** Until the server has answered, the viewer's own channels stand alone. */
function targetsOf(mine: readonly MyChannel[], found: readonly Named[] | null): Named[] {
  const own = mine.map((channel): Named => ({ kind: 'channel', channel }));
  if (!found) return own.slice(0, mostShown);
  // A direct channel of two is what leads to its person, who is found by name.
  const groups = own.filter(
    (one) => one.kind === 'channel' && one.channel.directMembers.length > 2,
  );
  return [...found, ...groups].slice(0, mostShown);
}
