/** Takes a list to where it is to open: a message, the first unread one, or the end. */
import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useState } from 'react';
import type { Row } from './rows';
import type { Place } from './timeline';
import { firstUnreadRow } from './unreadPlace';
import type { PinnedEnd } from './usePinnedEnd';
import type { LoadedTimeline } from './useTimeline';

/** Answers whether the list stands where it was to open. */
export function useOpening(
  rows: readonly Row[],
  { place, goTo, loading }: LoadedTimeline,
  meId: string,
  virtual: Virtualizer<HTMLDivElement, Element>,
  end: PinnedEnd,
): boolean {
  const [opened, setOpened] = useState<Place | null>(null);
  useLayoutEffect(() => {
    // Everything was dropped: what comes next is opened anew.
    if (rows.length === 0) setOpened(null);
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
  return opened === place && rows.length > 0;
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
