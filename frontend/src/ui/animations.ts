/** Whether images and emoji animate: the choice on this device, or else the system setting. */
import { useSyncExternalStore } from 'react';

const storageKey = 'confab.animations';
const reducedMotion = window.matchMedia('(prefers-reduced-motion: reduce)');
const listeners = new Set<() => void>();

function readPlaysAnimations(): boolean {
  const stored = localStorage.getItem(storageKey);
  return stored === 'on' || (stored !== 'off' && !reducedMotion.matches);
}

export function setPlaysAnimations(plays: boolean): void {
  localStorage.setItem(storageKey, plays ? 'on' : 'off');
  for (const listener of listeners) listener();
}

export function usePlaysAnimations(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    reducedMotion.addEventListener('change', listener);
    return () => {
      listeners.delete(listener);
      reducedMotion.removeEventListener('change', listener);
    };
  }, readPlaysAnimations);
}
