/** A menu that completes the word at the caret. The field keeps the focus. */
import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react';
import { isInputMethodKey } from './keys';

export interface Choice {
  key: string;
  /** Replaces the word. */
  insert: string;
  picture: ReactNode;
  title: string;
  detail: string;
}

/** The word before the caret and its completions. */
export interface Completion<C extends Choice = Choice> {
  from: number;
  word: string;
  label: string;
  choices: readonly C[];
  /** Preselects nothing, because the typed text may be intended as is. */
  isOptional?: boolean;
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
  /** Returns true if the menu handled the key. */
  onKeyDown(event: KeyboardEvent): boolean;
}

const noChoices: readonly Choice[] = [];

/** The start of the word for which the menu was dismissed. */
export type Dismissed = [dismissedAt: number | null, setDismissedAt: (at: number | null) => void];

/** A listbox that is navigated while the field keeps focus. */
export function useChoices<C extends Choice, K extends Completion<C>>(
  completion: (K & Completion<C>) | null,
  caret: number,
  [dismissedAt, setDismissedAt]: Dismissed,
  onChoose: (choice: C, completion: K) => void,
): CompletionMenuState {
  const id = useId();
  const first = completion?.isOptional ? -1 : 0;
  const [active, setActive] = useState(first);
  const choices = completion?.choices ?? noChoices;
  const open = choices.length > 0;
  const word = completion?.word;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another word restarts at the top.
  useEffect(() => setActive(first), [word, first]);
  // Dismissed for one word only; the next word reopens the menu.
  useEffect(() => {
    if (!completion && dismissedAt !== null && caret <= dismissedAt) setDismissedAt(null);
  }, [completion, dismissedAt, setDismissedAt, caret]);

  const choose = (index: number) => {
    const choice = completion?.choices[index];
    if (choice && completion) onChoose(choice, completion);
  };
  const close = () => setDismissedAt(completion?.from ?? null);

  function onKeyDown(event: KeyboardEvent): boolean {
    if (isInputMethodKey(event) || !open) return false;
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
  /** The side of the field. */
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
