/** Where the first unread message stands, seen from the rows on the screen. Pure. */
import type { Row } from './rows';
import { holdsWhatFollows, type Segment } from './timeline';

export function placeOfUnread(
  segment: Segment | undefined,
  rows: readonly Row[],
  unread: { lastReadSeq: number } | null,
  meId: string,
  shown: { startIndex: number; endIndex: number },
): 'above' | 'below' | 'shown' {
  if (!segment || !unread) return 'shown';
  const { lastReadSeq } = unread;
  if (!holdsWhatFollows(segment, lastReadSeq)) {
    return (segment.entries.at(-1)?.seq ?? 0) <= lastReadSeq ? 'below' : 'above';
  }
  const at = firstUnreadRow(rows, lastReadSeq, meId);
  if (at === -1 || (at >= shown.startIndex && at <= shown.endIndex)) return 'shown';
  return at < shown.startIndex ? 'above' : 'below';
}

/** The first message of somebody else after `seq`, or -1. */
export function firstUnreadRow(rows: readonly Row[], seq: number, meId: string): number {
  return rows.findIndex(
    (row) => row.kind === 'message' && row.entry.seq > seq && row.entry.authorId !== meId,
  );
}
