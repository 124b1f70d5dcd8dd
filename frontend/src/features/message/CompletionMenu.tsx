/** The list above a word that is being written: people after an `@`, emoji after a `:`. */
import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react';
import type { Member } from '../member/member';
import { useEmojiChoices } from './useEmojiChoices';
import { useMentionChoices } from './useMentionChoices';

export interface Choice {
  key: string;
  /** What takes the place of the word. */
  insert: string;
  picture: ReactNode;
  title: string;
  detail: string;
  /** Whom it mentions. */
  member?: Member;
}

/** The word before the caret that can be completed, and what it can become. */
export interface Completion {
  from: number;
  word: string;
  label: string;
  choices: readonly Choice[];
}

export interface CompletionMenuState {
  id: string;
  open: boolean;
  label: string;
  choices: readonly Choice[];
  active: number;
  activeId: string;
  choose(index: number): void;
  close(): void;
  /** True when the menu has used the key. */
  onKeyDown(event: KeyboardEvent): boolean;
}

const nothing: readonly Choice[] = [];

export function useCompletionMenu(
  text: string,
  caret: number,
  onChoose: (choice: Choice, from: number) => void,
): CompletionMenuState {
  const id = useId();
  const [closedAt, setClosedAt] = useState<number | null>(null);
  const [active, setActive] = useState(0);
  const mention = useMentionChoices(text, caret, closedAt);
  const emoji = useEmojiChoices(text, caret, closedAt);
  const completion = mention ?? emoji;
  const choices = completion?.choices ?? nothing;
  const open = choices.length > 0;
  const word = completion?.word;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another word begins at the top.
  useEffect(() => setActive(0), [word]);
  // Closed is closed for the one word; the next one opens it again.
  useEffect(() => {
    if (!completion && closedAt !== null && caret <= closedAt) setClosedAt(null);
  }, [completion, closedAt, caret]);

  const choose = (index: number) => {
    const choice = choices[index];
    if (choice && completion) onChoose(choice, completion.from);
  };
  const close = () => setClosedAt(completion?.from ?? null);

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

  const label = completion?.label ?? '';
  const activeId = `${id}-${active}`;
  return { id, open, label, choices, active, activeId, choose, close, onKeyDown };
}

export function CompletionMenu({ menu }: { menu: CompletionMenuState }) {
  if (!menu.open) return null;
  return (
    <div
      id={menu.id}
      role="listbox"
      aria-label={menu.label}
      className="absolute bottom-full left-0 z-20 mb-1.5 w-76 max-w-full rounded-xl border border-line bg-raised p-1.5 shadow-pop"
    >
      {menu.choices.map((choice, index) => (
        <div
          key={choice.key}
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
          <span className="inline-flex size-5.5 shrink-0 items-center justify-center text-[17px] text-faint">
            {choice.picture}
          </span>
          <span className="min-w-0 flex-1 truncate">
            <span className="font-medium">{choice.title}</span>{' '}
            <span className="text-faint">{choice.detail}</span>
          </span>
        </div>
      ))}
    </div>
  );
}
