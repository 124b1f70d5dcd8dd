/** Settings and drafts stored on this device (`localStorage`), by key. */
import { Store, useStore } from './store';

/** Counts writes, to notify views. The texts are only in `localStorage`. */
const writes = new Store(0);

export function readStored(key: string): string | null {
  return localStorage.getItem(key);
}

/** Null removes the entry. */
export function writeStored(key: string, text: string | null): void {
  if (text === null) localStorage.removeItem(key);
  else localStorage.setItem(key, text);
  writes.set(writes.get() + 1);
}

export function useStored(key: string): string | null {
  return useStore(writes, () => readStored(key));
}
