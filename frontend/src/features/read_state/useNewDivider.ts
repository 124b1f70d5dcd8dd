/**
 * Position of the "New" divider: above the messages that were unread when the channel was opened, or that
 * arrived while the window was unfocused. Reading does not move it.
 */
import { useEffect, useRef, useState } from 'react';
import { useWindowFocus } from '../../ui/useWindowFocus';
import type { ReadState } from './readStateCache';

export function useNewDivider(readState: ReadState | null | undefined): number | null {
  const focused = useWindowFocus();
  const [readTo, setReadTo] = useState(() =>
    readState && readState.unreadCount > 0 ? readState.lastReadSeq : null,
  );
  const epoch = readState?.epoch;
  const current = useRef(readState);
  current.current = readState;

  // On blur with everything read, later messages are new. On focus with nothing new, the divider disappears.
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

  // When marked unread, on any device, the divider moves to the read position.
  const firstEpoch = useRef(epoch);
  useEffect(() => {
    if (epoch === firstEpoch.current) return;
    firstEpoch.current = epoch;
    setReadTo(current.current?.lastReadSeq ?? null);
  }, [epoch]);
  return readTo;
}
