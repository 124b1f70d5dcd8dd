/** The last searches of somebody in a workspace, the latest first; kept on this device. */
import { useSyncExternalStore } from 'react';

const mostKept = 10;
const listeners = new Set<() => void>();

/** A member is somebody in one workspace, so this is kept for each workspace. */
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
  const list = [search, ...others].slice(0, mostKept);
  localStorage.setItem(keyOf(memberId), JSON.stringify(list));
  tell();
}

export function forgetSearches(memberId: string): void {
  localStorage.removeItem(keyOf(memberId));
  tell();
}

function tell(): void {
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
