/** Keyboard navigation in a virtual list with a single tab stop. */
import type { Virtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type RefObject, useState } from 'react';
import { isInputMethodKey } from '../../ui/keys';
import type { Row } from './rows';

export interface RovingRows {
  active: number;
  onFocus(index: number): void;
  onKeyDown(event: KeyboardEvent): void;
}

export function useRovingRows(
  virtual: Virtualizer<HTMLDivElement, Element>,
  scroller: RefObject<HTMLDivElement | null>,
  rows: readonly Row[],
  [first, last]: [number, number],
): RovingRows {
  const [focused, setFocused] = useState<string | null>(null);
  const focusedIndex = rows.findIndex((row) => row.key === focused);
  // The tab stop must be mounted. Defaults to the last row.
  const active = focusedIndex >= first && focusedIndex <= last ? focusedIndex : last;

  function focusRow(index: number): void {
    const target = Math.max(0, Math.min(rows.length - 1, index));
    virtual.scrollToIndex(target, { align: 'auto' });
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-index="${target}"]`)?.focus();
    });
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (isInputMethodKey(event)) return;
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>('[data-index]');
    if (!row || target.matches('textarea, input:not([type=range])')) return;
    // Players handle arrow keys themselves.
    const isPlayer = target.matches('input[type=range], video');
    const onRow = event.target === row;
    const index = Number(row.dataset.index);
    if (onRow && event.key === 'ArrowUp' && !event.altKey) focusRow(index - 1);
    else if (onRow && event.key === 'ArrowDown' && !event.altKey) focusRow(index + 1);
    else if (onRow && event.key === 'Home') focusRow(0);
    else if (onRow && event.key === 'End') focusRow(rows.length - 1);
    else if (onRow && event.key === 'Enter') focusAction(row, 0);
    else if (!onRow && !isPlayer && event.key === 'ArrowRight') focusAction(row, 1);
    else if (!onRow && !isPlayer && event.key === 'ArrowLeft') focusAction(row, -1);
    else if (!onRow && event.key === 'Escape') row.focus();
    else return;
    event.preventDefault();
  }

  return { active, onFocus: (index) => setFocused(rows[index]?.key ?? null), onKeyDown };
}

/** Moves between the focusable actions of a message, toolbar first. 0 focuses the first one. */
function focusAction(row: HTMLElement, step: -1 | 0 | 1): void {
  const toolbar = [...row.querySelectorAll<HTMLElement>('[role=toolbar] button')];
  const others = [...row.querySelectorAll<HTMLElement>('button:enabled, a, input:enabled, video')];
  const actions = [...new Set([...toolbar, ...others])].filter((e) => e.offsetParent !== null);
  const at = step === 0 ? 0 : actions.indexOf(document.activeElement as HTMLElement) + step;
  actions[(at + actions.length) % actions.length]?.focus();
}
