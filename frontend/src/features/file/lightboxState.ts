/** Which pictures are open in the lightbox, and which of them is on show. */
import { useSyncExternalStore } from 'react';
import type { File } from './file';

export interface OpenPictures {
  ids: readonly string[];
  at: number;
}

let open: OpenPictures | null = null;
const listeners = new Set<() => void>();

function set(next: OpenPictures | null): void {
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

/** Goes round at the ends. */
export function turnLightbox(step: 1 | -1): void {
  if (!open) return;
  const { ids, at } = open;
  set({ ids, at: (at + step + ids.length) % ids.length });
}

export function useLightbox(): OpenPictures | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
}
