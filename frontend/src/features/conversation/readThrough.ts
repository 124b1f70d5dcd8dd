/** Computes how far a channel is read without a gap. Pure. */
import { isContiguousAfter, type Segment } from '../message/timeline';

interface Source {
  segment: Segment;
  /** The current read position. */
  lastReadSeq: number;
  isSeen(id: string): boolean;
  meId: string;
}

/**
 * Returns the sequence number up to which all messages of other members were seen. Stops at the first
 * unseen message and at gaps in the loaded messages.
 */
export function readThrough({ segment, lastReadSeq, isSeen, meId }: Source): number {
  if (!isContiguousAfter(segment, lastReadSeq)) return lastReadSeq;
  let through = lastReadSeq;
  for (const entry of segment.entries) {
    if (entry.seq <= lastReadSeq) continue;
    if (entry.authorId !== meId && !isSeen(entry.id)) break;
    through = entry.seq;
  }
  return through;
}
