/** Gives the focus back to where it came from when what had it goes away. */
import { useEffect, useState } from 'react';

export function useReturnFocus(): void {
  // Read before anything in here takes the focus.
  const [from] = useState(() => document.activeElement);
  const [row] = useState(() => from?.closest<HTMLElement>('article') ?? null);
  useEffect(
    () => () => {
      // After the page has changed: what goes away may still have it, and what it came from may go as well.
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
