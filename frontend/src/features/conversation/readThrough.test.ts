/** Only seen messages without a gap before them count as read. */
import { describe, expect, it } from 'vitest';
import type { Segment } from '../message/timeline';
import { readThrough } from './readThrough';

const entry = (seq: number, authorId = 'mem_ann') => ({
  id: `msg_${seq}`,
  seq,
  authorId,
  createdAt: '2026-01-01T00:00:00.000Z',
});

const segment = (entries: Segment['entries'], over: Partial<Segment> = {}): Segment => ({
  entries,
  before: 'earlier',
  after: null,
  fromStart: false,
  live: true,
  ...over,
});

const through = (part: Segment, lastReadSeq: number, seen: readonly number[]) =>
  readThrough({
    segment: part,
    lastReadSeq,
    isSeen: (id) => seen.includes(Number(id.slice(4))),
    meId: 'mem_me',
  });

describe('readThrough', () => {
  const part = segment([3, 4, 5, 6, 7].map((seq) => entry(seq)));

  it('stops at the first unseen message', () => {
    expect(through(part, 4, [])).toBe(4);
    expect(through(part, 4, [5, 6])).toBe(6);
    expect(through(part, 4, [5, 7])).toBe(5);
    expect(through(part, 4, [6, 7])).toBe(4);
  });

  it("skips the viewer's own messages", () => {
    const mixed = segment([entry(4), entry(5), entry(6, 'mem_me'), entry(7)]);
    expect(through(mixed, 4, [5])).toBe(6);
    expect(through(mixed, 4, [7])).toBe(4);
  });

  it('stops at messages that are not loaded', () => {
    const newest = segment([entry(90), entry(91)]);
    expect(through(newest, 40, [90, 91])).toBe(40);
    expect(through({ ...newest, fromStart: true }, 40, [90, 91])).toBe(91);
  });
});
