/** Takes a list to where it is to open: a message, the first unread one, or the end. */
import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useState } from 'react';
import type { Row } from './rows';
import type { Place } from './timeline';
import { firstUnreadRow } from './unreadPlace';
import type { PinnedEnd } from './usePinnedEnd';
import type { LoadedTimeline } from './useTimeline';

/** How many frames nothing may have moved for the list to have come to rest there. */
const restingFrames = 6;

export interface Opening {
  /** Whether the list stands where it was to open. */
  isOpen: boolean;
  /** Whether it has come to rest there. Before, rows that come in above would move what it aims at. */
  isAtRest: boolean;
}

/** Opens the list, and watches it come to rest. */
export function useOpening(
  rows: readonly Row[],
  { place, goTo, loading }: LoadedTimeline,
  meId: string,
  virtual: Virtualizer<HTMLDivElement, Element>,
  end: PinnedEnd,
): Opening {
  const [rested, setRested] = useState<Place | null>(null);
  const [opened, setOpened] = useState<Place | null>(null);
  useLayoutEffect(() => {
    // Everything was dropped: what comes next is opened anew.
    if (rows.length === 0) {
      setOpened(null);
      setRested(null);
    }
    if (rows.length === 0 || loading === 'first' || opened === place) return;
    setOpened(place);
    const target = rowOf(place, rows, meId);
    if (target === -1) return end.pin();
    end.release();
    virtual.scrollToIndex(target, { align: place.kind === 'message' ? 'center' : 'start' });
  }, [rows, place, loading, opened, meId, virtual, end]);

  // At the end the divider is behind: what is loaded anew, as after a break, opens at the end again.
  const { pinned } = end;
  useEffect(() => {
    if (pinned && place.kind === 'unread' && opened === place) goTo({ kind: 'end' });
  }, [pinned, place, opened, goTo]);
  const isOpen = opened === place && rows.length > 0;
  useEffect(() => {
    if (!isOpen || rested === place) return;
    let still = 0;
    let before = Number.NaN;
    let frame = requestAnimationFrame(function look() {
      const now = virtual.scrollOffset ?? 0;
      still = now === before ? still + 1 : 0;
      before = now;
      if (still >= restingFrames) setRested(place);
      else frame = requestAnimationFrame(look);
    });
    return () => cancelAnimationFrame(frame);
  }, [isOpen, rested, place, virtual]);
  return { isOpen, isAtRest: isOpen && rested === place };
}

function rowOf(place: Place, rows: readonly Row[], meId: string): number {
  switch (place.kind) {
    case 'message':
      return rows.findIndex((row) => row.key === place.id);
    case 'unread':
      return firstUnreadRow(rows, place.after, meId);
    case 'end':
      return -1;
  }
}
