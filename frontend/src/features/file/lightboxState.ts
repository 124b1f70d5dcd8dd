/** The images open in the lightbox, and the current one. */
import { useSyncExternalStore } from 'react';
import type { File } from './file';

export interface LightboxState {
  ids: readonly string[];
  at: number;
}

let open: LightboxState | null = null;
const listeners = new Set<() => void>();

function set(next: LightboxState | null): void {
  open = next;
  for (const listener of listeners) listener();
}

export function openLightbox(files: readonly File[], id: string): void {
  const ids = files.map((file) => file.id);
  set({ ids, at: Math.max(0, ids.indexOf(id)) });
}

export function closeLightbox(): void {
  set(null);
}

/** Wraps around at both ends. */
export function stepLightbox(step: 1 | -1): void {
  if (!open) return;
  const { ids, at } = open;
  set({ ids, at: (at + step + ids.length) % ids.length });
}

export function useLightbox(): LightboxState | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
}
