/**
 * Where the "New" line stands: above what was unread when the channel was opened, or above what came
 * while one was looking elsewhere. It stays until then, so that reading does not move it away.
 */
import { useEffect, useRef, useState } from 'react';
import type { Reading } from './readingCache';
import { useWindowFocus } from './useReadWhenSeen';

export function useNewLine(reading: Reading | null | undefined): number | null {
  const focused = useWindowFocus();
  const [readTo, setReadTo] = useState(() =>
    reading && reading.unreadCount > 0 ? reading.lastReadSeq : null,
  );
  const epoch = reading?.epoch;
  const current = useRef(reading);
  current.current = reading;

  // Leaving with everything read: what comes from here on is new. Coming back to nothing new: no line.
  useEffect(() => {
    if (current.current?.unreadCount !== 0) return;
    setReadTo((line) =>
      focused
        ? line === current.current?.lastReadSeq
          ? null
          : line
        : (current.current?.lastReadSeq ?? null),
    );
  }, [focused]);

  // Marked unread, here or on another device: the line goes to where reading begins again.
  const firstEpoch = useRef(epoch);
  useEffect(() => {
    if (epoch === firstEpoch.current) return;
    firstEpoch.current = epoch;
    setReadTo(current.current?.lastReadSeq ?? null);
  }, [epoch]);
  return readTo;
}
