/** Whether the screen is wide enough to show the sidebar beside the page. */
import { useSyncExternalStore } from 'react';

const wide = window.matchMedia('(min-width: 48rem)');

export function useIsWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      wide.addEventListener('change', listener);
      return () => wide.removeEventListener('change', listener);
    },
    () => wide.matches,
  );
}
