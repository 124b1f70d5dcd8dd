/**
 * Which messages of a channel (or thread) are loaded, and in what order. Pure.
 *
 * A timeline is a list of segments in the order of the log. A segment has no gap inside; between two
 * segments something may be missing. The last segment may be `live`: it reaches the newest message,
 * and events are appended to it. Promises: a message stands in a timeline at most once, order is that
 * of `seq`, and a page that touches or overlaps segments joins them.
 */

/** What never changes about a message, enough to lay out a list; the rest is in the cache by id. */
export interface Entry {
  id: string;
  seq: number;
  authorId: string;
  createdAt: string;
}

export interface Segment {
  entries: Entry[];
  /** Cursors to load on from; null where nothing more stands on that side. */
  before: string | null;
  after: string | null;
  /** Whether the segment begins with the first message of all. */
  fromStart: boolean;
  /** Whether the segment reaches the newest message and takes what comes live. */
  live: boolean;
}

export type Timeline = readonly Segment[];

export interface Page {
  entries: Entry[];
  startCursor: string | null;
  endCursor: string | null;
  hasPrevious: boolean;
  hasNext: boolean;
  /** For a page loaded before or after a segment: the seq of the entry that it was loaded from. */
  adjoins?: number;
}

export const emptyTimeline: Timeline = [];

/**
 * Adds a page. `arrived` are messages that came live while the page was being loaded: the page may
 * have been read before them, so a page that reaches the end is completed by them.
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
  const apart: Segment[] = [];
  let result = joined;
  for (const segment of timeline) {
    if (touches(segment, page, result)) result = join(segment, result);
    else apart.push(segment);
  }
  return [...apart, result].sort((a, b) => firstSeq(a) - firstSeq(b));
}

/** Appends a message that came live or was sent from here. Does nothing while the end is not loaded. */
export function addLive(timeline: Timeline, entry: Entry): Timeline {
  return timeline.map((segment) => {
    if (!segment.live || segment.entries.some((e) => e.id === entry.id)) return segment;
    return { ...segment, entries: mergeEntries(segment.entries, [entry]) };
  });
}

export function hasEntry(timeline: Timeline, id: string): boolean {
  return timeline.some((segment) => segment.entries.some((entry) => entry.id === id));
}

/** What a list shows: the part around a message, around the end of what is read, or the newest. */
export type Place =
  | { kind: 'message'; id: string }
  | { kind: 'unread'; after: number }
  | { kind: 'end' };

/** The segment in which a place lies; undefined while it is not loaded. */
export function segmentAt(timeline: Timeline, place: Place): Segment | undefined {
  switch (place.kind) {
    case 'message':
      return timeline.find((segment) => segment.entries.some((entry) => entry.id === place.id));
    case 'unread':
      return timeline.find((segment) => holdsWhatFollows(segment, place.after));
    case 'end':
      return timeline.find((segment) => segment.live);
  }
}

/** Whether nothing is missing between `seq` and what stands after it in the segment. */
export function holdsWhatFollows(segment: Segment, seq: number): boolean {
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

function join(a: Segment, b: Segment): Segment {
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

/** An empty segment has no cursors of its own: the other one's count. */
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
