/**
 * Where the "New" line stands: above what was unread when the channel was opened, or above what came
 * while one was looking elsewhere. It stays until then, so that reading does not move it away.
 */
import { useEffect, useState } from 'react';
import type { Reading } from './readingCache';
import { useWindowFocus } from './useReadWhenSeen';

export function useNewLine(reading: Reading | null | undefined): number | null {
  const focused = useWindowFocus();
  const [readTo, setReadTo] = useState(() =>
    reading && reading.unreadCount > 0 ? reading.lastReadSeq : null,
  );
  // Leaving the window with everything read: what comes from here on is new.
  const awayAt = !focused && reading?.unreadCount === 0 ? reading.lastReadSeq : null;
  useEffect(() => {
    if (awayAt !== null) setReadTo(awayAt);
  }, [awayAt]);
  return readTo;
}
