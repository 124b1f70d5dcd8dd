/** The images open in the lightbox, and the current one. */
import { Store, useStore } from '../../ui/store';
import type { File } from './file';

export interface LightboxState {
  ids: readonly string[];
  at: number;
}

const open = new Store<LightboxState | null>(null);

export function openLightbox(files: readonly File[], id: string): void {
  const ids = files.map((file) => file.id);
  open.set({ ids, at: Math.max(0, ids.indexOf(id)) });
}

export function closeLightbox(): void {
  open.set(null);
}

/** Wraps around at both ends. */
export function stepLightbox(step: 1 | -1): void {
  const now = open.get();
  if (!now) return;
  const { ids, at } = now;
  open.set({ ids, at: (at + step + ids.length) % ids.length });
}

export function useLightbox(): LightboxState | null {
  return useStore(open);
}
