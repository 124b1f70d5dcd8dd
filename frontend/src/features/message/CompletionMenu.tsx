/** The list beside a word that is being written: people after an `@`, emoji after a `:`. */
import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react';
import { isOfInputMethod } from '../../ui/keys';
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
  /** Nothing is chosen before an arrow is pressed: what stands there may be meant as it is. */
  isOffer?: boolean;
}

export interface CompletionMenuState {
  id: string;
  open: boolean;
  label: string;
  choices: readonly Choice[];
  active: number;
  activeId: string | undefined;
  choose(index: number): void;
  close(): void;
  /** True when the menu has used the key. */
  onKeyDown(event: KeyboardEvent): boolean;
}

const nothing: readonly Choice[] = [];

/** Where a word begins for which the list was closed, and how to say so. */
export type Closed = [closedAt: number | null, setClosedAt: (at: number | null) => void];

export function useCompletionMenu(
  text: string,
  caret: number,
  mayMentionEveryone: boolean,
  onChoose: (choice: Choice, completion: Completion) => void,
): CompletionMenuState {
  const closed = useState<number | null>(null);
  const mention = useMentionChoices(text, caret, mayMentionEveryone, closed[0]);
  const emoji = useEmojiChoices(text, caret, closed[0]);
  return useChoices(mention ?? emoji, caret, closed, onChoose);
}

/** A list of choices that is moved through while the field keeps the focus. */
export function useChoices<C extends Completion>(
  completion: C | null,
  caret: number,
  [closedAt, setClosedAt]: Closed,
  onChoose: (choice: Choice, completion: C) => void,
): CompletionMenuState {
  const id = useId();
  const first = completion?.isOffer ? -1 : 0;
  const [active, setActive] = useState(first);
  const choices = completion?.choices ?? nothing;
  const open = choices.length > 0;
  const word = completion?.word;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another word begins at the top.
  useEffect(() => setActive(first), [word, first]);
  // Closed is closed for the one word; the next one opens it again.
  useEffect(() => {
    if (!completion && closedAt !== null && caret <= closedAt) setClosedAt(null);
  }, [completion, closedAt, setClosedAt, caret]);

  const choose = (index: number) => {
    const choice = choices[index];
    if (choice && completion) onChoose(choice, completion);
  };
  const close = () => setClosedAt(completion?.from ?? null);

  function onKeyDown(event: KeyboardEvent): boolean {
    if (isOfInputMethod(event) || !open) return false;
    if (event.key === 'ArrowDown') {
      setActive((active + 1) % choices.length);
    } else if (event.key === 'ArrowUp') {
      setActive((Math.max(0, active) + choices.length - 1) % choices.length);
    } else if ((event.key === 'Enter' || event.key === 'Tab') && active !== -1) {
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
  const activeId = active === -1 ? undefined : `${id}-${active}`;
  return { id, open, label, choices, active, activeId, choose, close, onKeyDown };
}

interface Props {
  menu: CompletionMenuState;
  /** On which side of the field. */
  side?: 'above' | 'below';
}

export function CompletionMenu({ menu, side = 'above' }: Props) {
  if (!menu.open) return null;
  const place = side === 'above' ? 'bottom-full mb-1.5 w-76' : 'top-full mt-1.5 w-96';
  return (
    <div
      id={menu.id}
      role="listbox"
      aria-label={menu.label}
      className={`absolute left-0 z-20 max-w-full rounded-xl border border-line bg-raised p-1.5 shadow-pop ${place}`}
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
          className="flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 touch:min-h-11 hover:bg-hover aria-selected:bg-hover"
        >
          <span className="inline-flex size-5.5 shrink-0 items-center justify-center text-[17px] text-faint">
            {choice.picture}
          </span>
          <span className="min-w-0 flex-1 truncate">
            <bdi className="font-medium">{choice.title}</bdi>{' '}
            <bdi className="text-faint">{choice.detail}</bdi>
          </span>
        </div>
      ))}
    </div>
  );
}
