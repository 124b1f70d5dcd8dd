/** Tells which rows have been on the screen long enough to be read. */
import { type RefObject, useEffect } from 'react';

/** A row is read once it has been on the screen for so long in all. */
const longEnough = 1000;
const every = 250;

/** Looks only while `onSeen` is given. */
export function useSeenRows(
  scroller: RefObject<HTMLElement | null>,
  onSeen: ((keys: readonly string[]) => void) | undefined,
): void {
  useEffect(() => {
    if (!onSeen) return;
    const seenFor = new Map<string, number>();
    let before = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      // A timer that came late, as after a sleep, does not make the time before count.
      const passed = Math.min(now - before, 2 * every);
      before = now;
      const read = rowsInView(scroller.current).filter((key) => {
        const sum = (seenFor.get(key) ?? 0) + passed;
        seenFor.set(key, sum);
        return sum >= longEnough && sum - passed < longEnough;
      });
      if (read.length > 0) onSeen(read);
    }, every);
    return () => clearInterval(timer);
  }, [scroller, onSeen]);
}

/** Rows whose end is on the screen, with half of what has room there. */
function rowsInView(scroller: HTMLElement | null): string[] {
  if (!scroller) return [];
  const room = scroller.getBoundingClientRect();
  const keys: string[] = [];
  for (const row of scroller.querySelectorAll<HTMLElement>('[data-key]')) {
    const { top, bottom, height } = row.getBoundingClientRect();
    const shown = bottom - Math.max(top, room.top);
    if (bottom <= room.bottom + 4 && shown >= Math.min(height, room.height) / 2) {
      keys.push(row.dataset.key ?? '');
    }
  }
  return keys;
}
