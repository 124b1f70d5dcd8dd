/** Whether the screen is wide enough to show the sidebar beside the page. */
import { browserStore, useStore } from './store';

const query = window.matchMedia('(min-width: 48rem)');
const isWide = browserStore(() => query.matches, [query, 'change']);

export function useIsWide(): boolean {
  return useStore(isWide);
}
