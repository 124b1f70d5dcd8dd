/** Whether images and emoji animate: the choice on this device, or else the system setting. */
import { useStored, writeStored } from './deviceStorage';
import { browserStore, useStore } from './store';

const storageKey = 'confab.animations';
const query = window.matchMedia('(prefers-reduced-motion: reduce)');
const isMotionReduced = browserStore(() => query.matches, [query, 'change']);

export function setPlaysAnimations(plays: boolean): void {
  writeStored(storageKey, plays ? 'on' : 'off');
}

export function usePlaysAnimations(): boolean {
  const choice = useStored(storageKey);
  const isReduced = useStore(isMotionReduced);
  return choice === 'on' || (choice !== 'off' && !isReduced);
}
