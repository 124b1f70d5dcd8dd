/** Timeline segments, merged from pages and live messages. */
import { describe, expect, it } from 'vitest';
import { addLive, addPage, type Entry, emptyTimeline, type Page, segmentAt } from './timeline';

const entry = (seq: number): Entry => ({
  id: `msg_${seq}`,
  seq,
  authorId: 'mem_a',
  createdAt: '2026-01-01T00:00:00.000Z',
});

const page = (seqs: number[], sides: Partial<Page> = {}): Page => ({
  entries: seqs.map(entry),
  startCursor: `before ${seqs[0]}`,
  endCursor: `after ${seqs.at(-1)}`,
  hasPrevious: true,
  hasNext: false,
  ...sides,
});

const seqsOf = (entries: readonly Entry[] | undefined) => entries?.map((e) => e.seq);

describe('addPage', () => {
  it('joins an older page with its segment', () => {
    let timeline = addPage(emptyTimeline, page([10, 12]));
    timeline = addPage(timeline, page([3, 7], { hasNext: true, adjoins: 10, hasPrevious: false }));
    expect(timeline).toHaveLength(1);
    expect(seqsOf(timeline[0]?.entries)).toEqual([3, 7, 10, 12]);
    expect(timeline[0]).toMatchObject({ fromStart: true, live: true, before: null, after: null });
  });

  it('keeps a window around an old message separate from the live end', () => {
    let timeline = addPage(emptyTimeline, page([100, 101]));
    timeline = addPage(timeline, page([40, 41, 42], { hasNext: true }));
    expect(timeline.map((s) => seqsOf(s.entries))).toEqual([
      [40, 41, 42],
      [100, 101],
    ]);
    expect(segmentAt(timeline, { kind: 'message', id: 'msg_41' })?.live).toBe(false);
    expect(segmentAt(timeline, { kind: 'end' })?.live).toBe(true);
  });

  it('closes the gap when pages meet, and keeps the outer cursors', () => {
    let timeline = addPage(emptyTimeline, page([100, 101]));
    timeline = addPage(timeline, page([40, 41], { hasNext: true }));
    timeline = addPage(timeline, page([42, 99, 100], { hasNext: true, adjoins: 41 }));
    expect(timeline).toHaveLength(1);
    expect(seqsOf(timeline[0]?.entries)).toEqual([40, 41, 42, 99, 100, 101]);
    expect(timeline[0]?.before).toBe('before 40');
    expect(timeline[0]?.live).toBe(true);
  });

  it('does not join adjacent pages that do not overlap', () => {
    let timeline = addPage(emptyTimeline, page([10, 11], { hasNext: true }));
    timeline = addPage(timeline, page([12, 13], { hasNext: true }));
    expect(timeline).toHaveLength(2);
  });

  it('adds messages that arrived during loading to a page that reaches the end', () => {
    const timeline = addPage(emptyTimeline, page([10, 11]), [entry(11), entry(12)]);
    expect(seqsOf(timeline[0]?.entries)).toEqual([10, 11, 12]);
  });

  it('does not add live messages to a page that does not reach the end', () => {
    const timeline = addPage(emptyTimeline, page([10, 11], { hasNext: true }), [entry(50)]);
    expect(seqsOf(timeline[0]?.entries)).toEqual([10, 11]);
  });

  it('makes a segment live when nothing follows it', () => {
    let timeline = addPage(emptyTimeline, page([10, 11], { hasNext: true }));
    timeline = addPage(timeline, page([], { adjoins: 11, startCursor: null, endCursor: null }));
    expect(timeline).toHaveLength(1);
    expect(timeline[0]).toMatchObject({ live: true, before: 'before 10', after: null });
  });
});

describe('addLive', () => {
  it('sorts by seq and adds each message once', () => {
    let timeline = addPage(emptyTimeline, page([10]));
    for (const seq of [14, 12, 14, 10]) timeline = addLive(timeline, entry(seq));
    expect(seqsOf(timeline[0]?.entries)).toEqual([10, 12, 14]);
  });

  it('ignores windows that do not reach the end', () => {
    const timeline = addPage(emptyTimeline, page([10], { hasNext: true }));
    expect(seqsOf(addLive(timeline, entry(99))[0]?.entries)).toEqual([10]);
  });
});
