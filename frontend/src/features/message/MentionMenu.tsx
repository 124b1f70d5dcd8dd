/** The list under an `@` that is being written: people, and everyone in the channel. */
import { AtSign } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useState } from 'react';
import { Avatar } from '../../ui/Avatar';
import type { Member } from '../member/member';
import { useMemberSearch } from '../member/useMemberSearch';
import { useWorkspace } from '../workspace/workspaceContext';
import { mentionBeingWritten } from './mention';

interface Choice {
  handle: string;
  title: string;
  member?: Member;
}

const groups: Choice[] = [
  { handle: 'channel', title: 'Everyone in this channel' },
  { handle: 'here', title: 'Everyone who is here now' },
];

export interface MentionMenuState {
  id: string;
  open: boolean;
  choices: readonly Choice[];
  active: number;
  activeId: string;
  choose(index: number): void;
  close(): void;
  /** True when the menu has used the key. */
  onKeyDown(event: KeyboardEvent): boolean;
}

export function useMentionMenu(
  text: string,
  caret: number,
  onChoose: (choice: Choice, from: number) => void,
): MentionMenuState {
  const { id: workspaceId } = useWorkspace();
  const id = useId();
  const written = mentionBeingWritten(text, caret);
  const [closedAt, setClosedAt] = useState<number | null>(null);
  const [active, setActive] = useState(0);
  const word = written && written.from !== closedAt ? written.word : null;
  const { members } = useMemberSearch(workspaceId, word, 8);
  const choices: Choice[] =
    word === null
      ? []
      : [
          ...members.map((member) => ({ handle: member.handle, title: member.name, member })),
          ...groups.filter((group) => group.handle.startsWith(word.toLowerCase())),
        ].slice(0, 8);
  const open = choices.length > 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another word begins at the top.
  useEffect(() => setActive(0), [word]);

  const choose = (index: number) => {
    const choice = choices[index];
    if (choice && written) onChoose(choice, written.from);
  };
  const close = () => setClosedAt(written?.from ?? null);

  function onKeyDown(event: KeyboardEvent): boolean {
    if (!open) return false;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const step = event.key === 'ArrowDown' ? 1 : choices.length - 1;
      setActive((active + step) % choices.length);
    } else if (event.key === 'Enter' || event.key === 'Tab') {
      choose(active);
    } else if (event.key === 'Escape') {
      close();
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  return { id, open, choices, active, activeId: `${id}-${active}`, choose, close, onKeyDown };
}

export function MentionMenu({ menu }: { menu: MentionMenuState }) {
  if (!menu.open) return null;
  return (
    <div
      id={menu.id}
      role="listbox"
      aria-label="People to mention"
      className="absolute bottom-full left-0 z-20 mb-1.5 w-76 max-w-full rounded-xl border border-line bg-raised p-1.5 shadow-pop"
    >
      {menu.choices.map((choice, index) => (
        <div
          key={choice.handle}
          id={`${menu.id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === menu.active}
          // Before the field loses focus.
          onMouseDown={(event) => {
            event.preventDefault();
            menu.choose(index);
          }}
          className="flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 hover:bg-hover aria-selected:bg-hover"
        >
          {choice.member ? (
            <Avatar id={choice.member.id} name={choice.title} size={22} />
          ) : (
            <span className="inline-flex size-5.5 items-center justify-center text-faint">
              <AtSign size={15} aria-hidden="true" />
            </span>
          )}
          <span className="min-w-0 flex-1 truncate">
            <span className="font-medium">
              {choice.member ? choice.title : `@${choice.handle}`}
            </span>{' '}
            <span className="text-faint">{choice.member ? `@${choice.handle}` : choice.title}</span>
          </span>
        </div>
      ))}
    </div>
  );
}
