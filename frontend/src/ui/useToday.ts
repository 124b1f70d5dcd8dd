/**
 * The current day, for texts relative to today. Updates at local midnight, after sleep, when the page
 * becomes visible, and when the time zone changes.
 */
import { Store, useStore } from './store';
import { refreshTimeZone } from './time';

/** Poll interval in milliseconds. A timer set for midnight would fire late after the device slept. */
const pollIntervalMs = 15_000;

const today = new Store(new Date());
let currentKey = keyOf(today.get());

/** Follows the clock until the returned function is called. */
export function followToday(): () => void {
  const timer = setInterval(poll, pollIntervalMs);
  window.addEventListener('focus', poll);
  document.addEventListener('visibilitychange', poll);
  poll();
  return () => {
    clearInterval(timer);
    window.removeEventListener('focus', poll);
    document.removeEventListener('visibilitychange', poll);
  };
}

/** A time within today. Returns a new object only when the day or the time zone changes. */
export function useToday(): Date {
  return useStore(today);
}

function keyOf(date: Date): string {
  return `${date.toDateString()} ${refreshTimeZone()}`;
}

function poll(): void {
  const date = new Date();
  const key = keyOf(date);
  if (key === currentKey) return;
  currentKey = key;
  today.set(date);
}
