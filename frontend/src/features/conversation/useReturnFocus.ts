/** Restores focus to the previously focused element on unmount. */
import { useEffect, useState } from 'react';

export function useReturnFocus(): void {
  // Read before a child takes the focus.
  const [from] = useState(() => document.activeElement);
  const [row] = useState(() => from?.closest<HTMLElement>('article') ?? null);
  useEffect(
    () => () => {
      // Waits for the DOM update: the unmounted element may still be focused, or the previous one removed.
      requestAnimationFrame(() => {
        const now = document.activeElement;
        if (now && now !== document.body) return;
        const back = [from, row].find((one) => one?.isConnected && one !== document.body);
        if (back instanceof HTMLElement) back.focus();
        if (document.activeElement === document.body) {
          document.querySelector<HTMLElement>('main textarea')?.focus();
        }
      });
    },
    [from, row],
  );
}
