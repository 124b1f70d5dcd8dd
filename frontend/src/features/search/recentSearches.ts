/** Recent searches of a member, newest first, stored on this device. */
import { useSyncExternalStore } from 'react';

const maxRecentSearches = 10;
const listeners = new Set<() => void>();

/** Member ids are unique per workspace, so searches are stored per workspace. */
function keyOf(memberId: string): string {
  return `confab.searches.${memberId}`;
}

function parse(stored: string | null): string[] {
  try {
    const list: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

export function readRecentSearches(memberId: string): string[] {
  return parse(localStorage.getItem(keyOf(memberId)));
}

export function rememberSearch(memberId: string, text: string): void {
  const search = text.trim();
  if (search === '') return;
  const others = readRecentSearches(memberId).filter((other) => other !== search);
  const list = [search, ...others].slice(0, maxRecentSearches);
  localStorage.setItem(keyOf(memberId), JSON.stringify(list));
  notify();
}

export function clearRecentSearches(memberId: string): void {
  localStorage.removeItem(keyOf(memberId));
  notify();
}

function notify(): void {
  for (const listener of listeners) listener();
}

export function useRecentSearches(memberId: string): string[] {
  const stored = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => localStorage.getItem(keyOf(memberId)),
  );
  return parse(stored);
}
