/** Whether the window is visible and focused. */
import { browserStore, useStore } from './store';

const focus = browserStore(
  () => document.hasFocus() && document.visibilityState === 'visible',
  [window, 'focus'],
  [window, 'blur'],
  [document, 'visibilitychange'],
);

export function useWindowFocus(): boolean {
  return useStore(focus);
}
