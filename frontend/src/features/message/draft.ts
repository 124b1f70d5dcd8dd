/** Drafts by place (a channel, or a thread's root message), stored on this device. */
import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();

function keyOf(memberId: string, placeId: string): string {
  return `confab.draft.${memberId}.${placeId}`;
}

export function readDraft(memberId: string, placeId: string): string {
  return localStorage.getItem(keyOf(memberId, placeId)) ?? '';
}

export function writeDraft(memberId: string, placeId: string, text: string): void {
  const key = keyOf(memberId, placeId);
  if (text.trim() === '') localStorage.removeItem(key);
  else localStorage.setItem(key, text);
  for (const listener of listeners) listener();
}

export function useDraft(memberId: string, placeId: string): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => readDraft(memberId, placeId),
  );
}
