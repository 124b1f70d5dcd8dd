/** How far a channel is read without a gap, from the messages that were seen. Pure. */
import { holdsWhatFollows, type Segment } from '../message/timeline';

interface Source {
  segment: Segment;
  /** The last seq that counts as read so far. */
  lastReadSeq: number;
  isSeen(id: string): boolean;
  meId: string;
}

/**
 * The seq of the last message up to which every message of others was seen. One that was not seen,
 * and whatever may be missing between what is loaded, ends it.
 */
export function readThrough({ segment, lastReadSeq, isSeen, meId }: Source): number {
  if (!holdsWhatFollows(segment, lastReadSeq)) return lastReadSeq;
  let through = lastReadSeq;
  for (const entry of segment.entries) {
    if (entry.seq <= lastReadSeq) continue;
    if (entry.authorId !== meId && !isSeen(entry.id)) break;
    through = entry.seq;
  }
  return through;
}
