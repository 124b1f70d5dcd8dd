/**
 * The loaded messages of a channel or thread, in order. Pure.
 *
 * A timeline is a list of segments in log order. A segment has no gaps; messages may be missing between
 * segments. The last segment may be `live`: it reaches the newest message, and events are appended to it.
 * Invariants: a message occurs at most once, entries are sorted by `seq`, and a page that touches or
 * overlaps segments joins them.
 */

/** The immutable part of a message that list layout requires. The rest is in the cache. */
export interface Entry {
  id: string;
  seq: number;
  authorId: string;
  createdAt: string;
}

export interface Segment {
  entries: Entry[];
  /** Cursors to load more from. Null if nothing more exists on that side. */
  before: string | null;
  after: string | null;
  /** Whether the segment starts with the very first message. */
  fromStart: boolean;
  /** Whether the segment reaches the newest message and receives live messages. */
  live: boolean;
}

export type Timeline = readonly Segment[];

export interface Page {
  entries: Entry[];
  startCursor: string | null;
  endCursor: string | null;
  hasPrevious: boolean;
  hasNext: boolean;
  /** The seq of the entry from which the page was loaded. Undefined for separate pages. */
  adjoins?: number;
}

export const emptyTimeline: Timeline = [];

/**
 * Adds a page. `arrived` are live messages received during loading. They are added to a page that reaches the
 * end, because it may have been read before them.
 */
export function addPage(timeline: Timeline, page: Page, arrived: readonly Entry[] = []): Timeline {
  const live = !page.hasNext;
  const joined: Segment = {
    entries: live ? mergeEntries(page.entries, arrived) : page.entries,
    before: page.hasPrevious ? page.startCursor : null,
    after: page.hasNext ? page.endCursor : null,
    fromStart: !page.hasPrevious,
    live,
  };
  const others: Segment[] = [];
  let result = joined;
  for (const segment of timeline) {
    if (touches(segment, page, result)) result = joinSegments(segment, result);
    else others.push(segment);
  }
  return [...others, result].sort((a, b) => firstSeq(a) - firstSeq(b));
}

/** Appends a live or sent message. Does nothing unless the end is loaded. */
export function addLive(timeline: Timeline, entry: Entry): Timeline {
  return timeline.map((segment) => {
    if (!segment.live || segment.entries.some((e) => e.id === entry.id)) return segment;
    return { ...segment, entries: mergeEntries(segment.entries, [entry]) };
  });
}

export function hasEntry(timeline: Timeline, id: string): boolean {
  return timeline.some((segment) => segment.entries.some((entry) => entry.id === id));
}

/** The part that a list shows: around a message, around the read position, or the newest messages. */
export type Place =
  | { kind: 'message'; id: string }
  | { kind: 'unread'; after: number }
  | { kind: 'end' };

/** Returns the segment of a place, or undefined if not loaded. */
export function segmentAt(timeline: Timeline, place: Place): Segment | undefined {
  switch (place.kind) {
    case 'message':
      return timeline.find((segment) => segment.entries.some((entry) => entry.id === place.id));
    case 'unread':
      return timeline.find((segment) => isContiguousAfter(segment, place.after));
    case 'end':
      return timeline.find((segment) => segment.live);
  }
}

/** Whether the segment contains the messages directly after `seq`. */
export function isContiguousAfter(segment: Segment, seq: number): boolean {
  const startsBefore =
    segment.fromStart || (segment.entries.length > 0 && firstSeq(segment) <= seq);
  return startsBefore && (segment.live || lastSeq(segment) > seq);
}

function touches(segment: Segment, page: Page, joined: Segment): boolean {
  if (segment.live && joined.live) return true;
  if (page.adjoins !== undefined && segment.entries.some((e) => e.seq === page.adjoins))
    return true;
  if (segment.entries.length === 0 || joined.entries.length === 0) return false;
  return firstSeq(segment) <= lastSeq(joined) && firstSeq(joined) <= lastSeq(segment);
}

function joinSegments(a: Segment, b: Segment): Segment {
  const lower = isLower(a, b) ? a : b;
  const upper = lastSeq(a) >= lastSeq(b) ? a : b;
  const fromStart = a.fromStart || b.fromStart;
  const live = a.live || b.live;
  return {
    entries: mergeEntries(a.entries, b.entries),
    before: fromStart ? null : lower.before,
    after: live ? null : upper.after,
    fromStart,
    live,
  };
}

/** An empty segment has no cursors, so the other segment's are used. */
function isLower(a: Segment, b: Segment): boolean {
  if (a.entries.length === 0) return false;
  return b.entries.length === 0 || firstSeq(a) <= firstSeq(b);
}

function mergeEntries(a: readonly Entry[], b: readonly Entry[]): Entry[] {
  const byId = new Map<string, Entry>();
  for (const entry of a) byId.set(entry.id, entry);
  for (const entry of b) byId.set(entry.id, entry);
  return [...byId.values()].sort((x, y) => x.seq - y.seq);
}

function firstSeq(segment: Segment): number {
  return segment.entries[0]?.seq ?? 0;
}

function lastSeq(segment: Segment): number {
  return segment.entries.at(-1)?.seq ?? 0;
}
