/** A field that leads to any channel or person by a few letters of the name. */
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useId, useState } from 'react';
import { ChannelIcon } from '../features/channel/ChannelIcon';
import { channelTitle } from '../features/channel/channel';
import { useOpenDirect } from '../features/channel/useOpenDirect';
import { useMemberSearch } from '../features/member/useMemberSearch';
import { countInWords } from '../features/reading/countInWords';
import type { MyChannel } from '../features/workspace/boot';
import { useWorkspace } from '../features/workspace/workspaceContext';
import { Avatar } from '../ui/Avatar';

const mostShown = 9;

interface Target {
  key: string;
  title: string;
  detail: string;
  channel?: MyChannel;
  memberId?: string;
}

/** Channels first, unread ones before others; then people. */
export function QuickSwitcher({ onClose }: { onClose(): void }) {
  const { id: workspaceId, me, channels } = useWorkspace();
  const navigate = useNavigate();
  const { openDirect, failure } = useOpenDirect();
  const id = useId();
  const [word, setWord] = useState('');
  const [active, setActive] = useState(0);
  const search = word.trim().replace(/^[#@]/, '').toLowerCase();
  const { members } = useMemberSearch(workspaceId, search === '' ? null : search, mostShown);

  const matching = channels
    .map((channel) => ({ channel, title: channelTitle(channel, me.id) }))
    .filter(({ title }) => title.toLowerCase().includes(search))
    .sort((a, b) => rank(b, search) - rank(a, search) || a.title.localeCompare(b.title));
  const targets: Target[] = [
    ...matching.map(({ channel, title }) => ({
      key: channel.id,
      title,
      detail: channel.reading?.unreadCount
        ? `${countInWords(channel.reading.unreadCount)} unread`
        : '',
      channel,
    })),
    ...(search === '' ? [] : members).map((member) => ({
      key: member.id,
      title: member.name,
      detail: `@${member.handle}`,
      memberId: member.id,
    })),
  ].slice(0, mostShown);

  async function go(target: Target | undefined) {
    if (!target) return;
    if (target.channel) {
      navigate({
        to: '/w/$workspaceId/c/$channelId',
        params: { workspaceId, channelId: target.channel.id },
      });
    } else if (target.memberId) {
      const opened = await openDirect(target.memberId === me.id ? [] : [target.memberId]);
      if (!opened) return;
    }
    onClose();
  }

  function onKeyDown(event: KeyboardEvent) {
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
            key={target.key}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            onMouseMove={() => setActive(index)}
            onMouseDown={(event) => {
              event.preventDefault();
              go(target);
            }}
            className="flex h-9 cursor-pointer items-center gap-2.5 rounded-lg px-3 aria-selected:bg-hover"
          >
            {target.channel ? (
              <span className="inline-flex w-5.5 justify-center">
                <ChannelIcon
                  kind={target.channel.kind}
                  people={target.channel.directMembers.length}
                />
              </span>
            ) : (
              <Avatar id={target.key} name={target.title} size={22} />
            )}
            <span className="min-w-0 truncate">{target.title}</span>
            <span className="text-[12.5px] text-faint">{target.detail}</span>
          </div>
        ))}
        {targets.length === 0 && <p className="px-3 py-3 text-faint">Nothing by that name.</p>}
        {failure && <p className="px-3 py-2 text-danger">{failure.message}</p>}
      </div>
    </div>
  );
}

/** What begins with the word comes before what only contains it, unread before read. */
function rank(found: { channel: MyChannel; title: string }, search: string): number {
  const begins = search !== '' && found.title.toLowerCase().startsWith(search) ? 2 : 0;
  return begins + ((found.channel.reading?.unreadCount ?? 0) > 0 ? 1 : 0);
}
