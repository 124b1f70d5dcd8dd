/**
 * The current day, for texts relative to today. Updates at local midnight, after sleep, when the page
 * becomes visible, and when the time zone changes.
 */
import { useSyncExternalStore } from 'react';
import { refreshTimeZone } from './time';

/** Poll interval in milliseconds. A timer set for midnight would fire late after the device slept. */
const pollIntervalMs = 15_000;

const listeners = new Set<() => void>();
let now = new Date();
let currentKey = key(now);
let timer: ReturnType<typeof setInterval> | undefined;

function key(date: Date): string {
  return `${date.toDateString()} ${refreshTimeZone()}`;
}

function poll(): void {
  const date = new Date();
  if (key(date) === currentKey) return;
  now = date;
  currentKey = key(date);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    timer = setInterval(poll, pollIntervalMs);
    window.addEventListener('focus', poll);
    document.addEventListener('visibilitychange', poll);
    poll();
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    window.removeEventListener('focus', poll);
    document.removeEventListener('visibilitychange', poll);
  };
}

/** A time within today. Returns a new object only when the day or the time zone changes. */
export function useToday(): Date {
  return useSyncExternalStore(subscribe, () => now);
}
