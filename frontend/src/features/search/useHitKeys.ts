/** Keyboard navigation between the search field and the hits (elements with `data-hit`). */
import { type KeyboardEvent, type RefObject, useCallback } from 'react';
import { isInputMethodKey } from '../../ui/keys';

export interface HitKeys {
  onKeyDown(event: KeyboardEvent): void;
  focusFirst(): void;
  focusHit(id: string | null): void;
}

export function useHitKeys(
  container: RefObject<HTMLElement | null>,
  field: RefObject<HTMLInputElement | null>,
): HitKeys {
  const hits = useCallback(
    () => [...(container.current?.querySelectorAll<HTMLElement>('[data-hit]') ?? [])],
    [container],
  );
  const focusHit = useCallback(
    (id: string | null) =>
      hits()
        .find((hit) => hit.dataset.hit === id)
        ?.focus({ preventScroll: true }),
    [hits],
  );

  function onKeyDown(event: KeyboardEvent) {
    if (isInputMethodKey(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    // Ignores portaled dialogs, whose events bubble here in React.
    if (!container.current?.contains(event.target as Node)) return;
    const all = hits();
    const at = all.indexOf(event.target as HTMLElement);
    if (event.key === 'Escape') field.current?.focus();
    else if (at === -1) return;
    else if (event.key === 'ArrowDown') focus(all[at + 1]);
    else if (event.key === 'ArrowUp') focus(at === 0 ? field.current : all[at - 1]);
    else if (event.key === 'Home') focus(all[0]);
    else if (event.key === 'End') focus(all.at(-1));
    else return;
    event.preventDefault();
  }

  return { onKeyDown, focusFirst: () => focus(hits()[0]), focusHit };
}

function focus(hit: HTMLElement | null | undefined): void {
  hit?.focus({ preventScroll: true });
  // Scrolls the whole card of a message into view.
  (hit?.closest('article') ?? hit)?.scrollIntoView({ block: 'nearest' });
}
