/** How messages are laid out in rows: days, heads, the "New" line. */
import { describe, expect, it } from 'vitest';
import { movesInGroups } from './movesInGroups';
import { layOut, type Row } from './rows';
import type { Entry } from './timeline';
import type { Move } from './timelines';

const at = (minutes: number, seq: number, authorId = 'mem_a'): Entry => ({
  id: `msg_${seq}`,
  seq,
  authorId,
  createdAt: new Date(Date.UTC(2026, 4, 4, 12, minutes)).toISOString(),
});

const base = { outgoing: [], fromStart: false, meId: 'mem_me', readTo: null };
const heads = (rows: Row[]) => rows.map((row) => 'head' in row && row.head);

describe('layOut', () => {
  it('groups one author within five minutes', () => {
    const entries = [at(0, 1), at(4, 2), at(9, 3), at(9, 4, 'mem_b'), at(10, 5)];
    expect(heads(layOut({ ...base, entries }))).toEqual([true, false, true, true, true]);
  });

  it('draws the line above the first unread message of somebody else', () => {
    const entries = [at(0, 1), at(1, 2, 'mem_me'), at(2, 3), at(3, 4)];
    const rows = layOut({ ...base, entries, readTo: 1 });
    expect(rows.map((row) => row.kind === 'message' && row.isNew)).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  it('separates days', () => {
    const entries = [at(0, 1), at(24 * 60, 2), at(24 * 60 + 1, 3)];
    const rows = layOut({ ...base, entries });
    expect(rows.map((row) => row.kind === 'message' && row.day)).toEqual([true, true, false]);
  });

  const sent = {
    id: 'msg_1',
    workspaceId: 'wks_1',
    channelId: 'chn_1',
    threadId: null,
    text: 'hi',
    createdAt: at(0, 1).createdAt,
    state: 'sending' as const,
  };

  it('shows what was sent behind a gap while the newest messages are not loaded', () => {
    const keysOf = (rows: Row[]) => rows.map((row) => row.key);
    const outgoing = [{ ...sent, id: 'msg_2' }];
    const cutOff = { ...base, outgoing, isCutOff: true };
    expect(keysOf(layOut({ ...cutOff, entries: [at(0, 1)] }))).toEqual(['msg_1', 'gap', 'msg_2']);
    expect(keysOf(layOut({ ...cutOff, entries: [] }))).toEqual(['msg_2']);
    expect(keysOf(layOut({ ...cutOff, outgoing: [], entries: [at(0, 1)] }))).toEqual(['msg_1']);
  });

  describe('who came and went', () => {
    const move = (seq: number, kind: Move['kind'] = 'came', actorId = 'mem_a'): Move => ({
      ...{ seq, kind, memberId: `mem_${seq}`, actorId },
      at: at(0, seq).createdAt,
    });
    const keysOf = (rows: Row[]) => rows.map((row) => row.key);
    const entries = [at(0, 10), at(1, 20), at(2, 30)];

    it('stands where it happened, all that followed each other in one row', () => {
      const moves = [move(11), move(12), move(25), move(40)];
      const rows = layOut({ ...base, entries, moves });
      const expected = ['msg_10', 'moves_11', 'msg_20', 'moves_25', 'msg_30', 'moves_40'];
      expect(keysOf(rows)).toEqual(expected);
      expect(rows.flatMap((row) => (row.kind === 'moves' ? [row.moves.length] : []))).toEqual([
        2, 1, 1,
      ]);
      // What follows such a row begins anew, though not a new day.
      expect(heads(rows)).toEqual([true, false, true, false, true, false]);
      expect(rows.map((row) => row.kind === 'message' && row.day)).toEqual([
        true,
        ...[false, false, false, false, false],
      ]);
    });

    it('stands in no part of the history that it is not in', () => {
      const moves = [move(5), move(15), move(40)];
      expect(keysOf(layOut({ ...base, entries, moves, isCutOff: true }))).toEqual([
        ...['msg_10', 'moves_15', 'msg_20', 'msg_30'],
      ]);
      const whole = layOut({ ...base, entries, moves, fromStart: true });
      expect(keysOf(whole).slice(0, 3)).toEqual(['start', 'moves_5', 'msg_10']);
      expect(keysOf(layOut({ ...base, entries: [], moves, fromStart: true }))).toHaveLength(2);
    });

    it('is few sentences', () => {
      const moves = [
        ...[move(1, 'came', 'mem_1'), move(2, 'came', 'mem_2')],
        ...[move(3), move(4)],
        move(5, 'went', 'mem_5'),
      ];
      expect(movesInGroups(moves)).toEqual([
        { seq: 1, kind: 'came', memberIds: ['mem_1', 'mem_2'], actorId: null },
        { seq: 3, kind: 'came', memberIds: ['mem_3', 'mem_4'], actorId: 'mem_a' },
        { seq: 5, kind: 'went', memberIds: ['mem_5'], actorId: null },
      ]);
    });
  });

  it('shows a message once that is confirmed and still in the outbox', () => {
    const outgoing = [sent, { ...sent, id: 'msg_2' }];
    const rows = layOut({ ...base, entries: [at(0, 1)], outgoing });
    expect(rows.map((row) => row.key)).toEqual(['msg_1', 'msg_2']);
  });
});
