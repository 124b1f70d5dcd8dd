/** Scrolls a list to its opening position: a message, the first unread message, or the end. */
import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useState } from 'react';
import type { Place } from '../message/timeline';
import type { Row } from './rows';
import { firstUnreadRow } from './unreadPosition';
import type { PinnedEnd } from './usePinnedEnd';
import type { LoadedTimeline } from './useTimeline';

/** Number of frames without movement after which the list is at rest. */
const restingFrames = 6;

export interface InitialScroll {
  /** Whether the list is at its opening position. */
  isOpen: boolean;
  /** Whether it is at rest there. Before, rows that load above would move the target. */
  isAtRest: boolean;
}

/** Positions the list and detects when it is at rest. */
export function useInitialScroll(
  rows: readonly Row[],
  { place, goTo, loading }: LoadedTimeline,
  meId: string,
  virtual: Virtualizer<HTMLDivElement, Element>,
  end: PinnedEnd,
): InitialScroll {
  const [rested, setRested] = useState<Place | null>(null);
  const [opened, setOpened] = useState<Place | null>(null);
  useLayoutEffect(() => {
    // All rows were dropped, so the list opens again.
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

  // At the end, the divider is no longer relevant. A reload, such as after a disconnect, opens at the end.
  const { pinned } = end;
  useEffect(() => {
    if (pinned && place.kind === 'unread' && opened === place) goTo({ kind: 'end' });
  }, [pinned, place, opened, goTo]);
  const isOpen = opened === place && rows.length > 0;
  useEffect(() => {
    if (!isOpen || rested === place) return;
    let still = 0;
    let before = Number.NaN;
    let frame = requestAnimationFrame(function check() {
      const now = virtual.scrollOffset ?? 0;
      still = now === before ? still + 1 : 0;
      before = now;
      if (still >= restingFrames) setRested(place);
      else frame = requestAnimationFrame(check);
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
