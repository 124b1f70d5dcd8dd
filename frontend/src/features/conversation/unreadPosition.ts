/** Position of the first unread message relative to the visible rows. Pure. */
import { isContiguousAfter, type Segment } from '../message/timeline';
import type { Row } from './rows';

export function unreadPosition(
  segment: Segment | undefined,
  rows: readonly Row[],
  unread: { lastReadSeq: number } | null,
  meId: string,
  shown: { startIndex: number; endIndex: number },
): 'above' | 'below' | 'shown' {
  if (!segment || !unread) return 'shown';
  const { lastReadSeq } = unread;
  if (!isContiguousAfter(segment, lastReadSeq)) {
    return (segment.entries.at(-1)?.seq ?? 0) <= lastReadSeq ? 'below' : 'above';
  }
  const at = firstUnreadRow(rows, lastReadSeq, meId);
  if (at === -1 || (at >= shown.startIndex && at <= shown.endIndex)) return 'shown';
  return at < shown.startIndex ? 'above' : 'below';
}

/** Returns the first message of another member after `seq`, or -1. */
export function firstUnreadRow(rows: readonly Row[], seq: number, meId: string): number {
  return rows.findIndex(
    (row) => row.kind === 'message' && row.entry.seq > seq && row.entry.authorId !== meId,
  );
}
