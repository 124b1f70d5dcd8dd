/**
 * The one source of what day it is. Whatever is worded relative to now depends on it, and changes at
 * local midnight, after waking, on becoming visible and when the zone changes.
 */
import { useSyncExternalStore } from 'react';
import { zoneNow } from './time';

/** A timer that slept with the machine fires late: it is looked more often than midnight comes. */
const every = 15_000;

const listeners = new Set<() => void>();
let now = new Date();
let said = key(now);
let timer: ReturnType<typeof setInterval> | undefined;

function key(date: Date): string {
  return `${date.toDateString()} ${zoneNow()}`;
}

function look(): void {
  const date = new Date();
  if (key(date) === said) return;
  now = date;
  said = key(date);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    timer = setInterval(look, every);
    window.addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    look();
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    window.removeEventListener('focus', look);
    document.removeEventListener('visibilitychange', look);
  };
}

/** Some moment of today; another object when the day or the zone is another. */
export function useToday(): Date {
  return useSyncExternalStore(subscribe, () => now);
}
