/** Reports rows that were on screen long enough to count as read. */
import { type RefObject, useEffect } from 'react';

/** Total time on screen after which a row counts as read, in milliseconds. */
const readAfterMs = 1000;
const pollIntervalMs = 250;

/** Tracks rows only while `onSeen` is set. */
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
      // Caps late timers, such as after sleep.
      const passed = Math.min(now - before, 2 * pollIntervalMs);
      before = now;
      const read = rowsInView(scroller.current).filter((key) => {
        const sum = (seenFor.get(key) ?? 0) + passed;
        seenFor.set(key, sum);
        return sum >= readAfterMs && sum - passed < readAfterMs;
      });
      if (read.length > 0) onSeen(read);
    }, pollIntervalMs);
    return () => clearInterval(timer);
  }, [scroller, onSeen]);
}

/** Returns rows whose end is visible, and of which at least half is visible. */
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
