/** Row layout: days, headers and the "New" divider. */
import { describe, expect, it } from 'vitest';
import type { Entry } from '../message/timeline';
import type { MembershipChange } from '../message/timelines';
import { groupMembershipChanges } from './groupMembershipChanges';
import { layOutRows, type Row } from './rows';

const at = (minutes: number, seq: number, authorId = 'mem_a'): Entry => ({
  id: `msg_${seq}`,
  seq,
  authorId,
  createdAt: new Date(Date.UTC(2026, 4, 4, 12, minutes)).toISOString(),
});

const base = { outgoing: [], fromStart: false, meId: 'mem_me', readTo: null };
const heads = (rows: Row[]) => rows.map((row) => 'head' in row && row.head);

describe('layOutRows', () => {
  it('groups messages of one author within five minutes', () => {
    const entries = [at(0, 1), at(4, 2), at(9, 3), at(9, 4, 'mem_b'), at(10, 5)];
    expect(heads(layOutRows({ ...base, entries }))).toEqual([true, false, true, true, true]);
  });

  it('places the divider above the first unread message of another member', () => {
    const entries = [at(0, 1), at(1, 2, 'mem_me'), at(2, 3), at(3, 4)];
    const rows = layOutRows({ ...base, entries, readTo: 1 });
    expect(rows.map((row) => row.kind === 'message' && row.isNew)).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  it('separates days', () => {
    const entries = [at(0, 1), at(24 * 60, 2), at(24 * 60 + 1, 3)];
    const rows = layOutRows({ ...base, entries });
    expect(rows.map((row) => row.kind === 'message' && row.day)).toEqual([true, true, false]);
  });

  const sent = {
    id: 'msg_1',
    channelId: 'chn_1',
    rootId: null,
    text: 'hi',
    createdAt: at(0, 1).createdAt,
    state: 'sending' as const,
  };

  it('shows outgoing messages after a gap while newer messages are not loaded', () => {
    const keysOf = (rows: Row[]) => rows.map((row) => row.key);
    const outgoing = [{ ...sent, id: 'msg_2' }];
    const cutOff = { ...base, outgoing, isCutOff: true };
    expect(keysOf(layOutRows({ ...cutOff, entries: [at(0, 1)] }))).toEqual([
      'msg_1',
      'gap',
      'msg_2',
    ]);
    expect(keysOf(layOutRows({ ...cutOff, entries: [] }))).toEqual(['msg_2']);
    expect(keysOf(layOutRows({ ...cutOff, outgoing: [], entries: [at(0, 1)] }))).toEqual(['msg_1']);
  });

  describe('joins and leaves', () => {
    const membershipChange = (
      seq: number,
      kind: MembershipChange['kind'] = 'joined',
      actorId = 'mem_a',
    ): MembershipChange => ({
      ...{ seq, kind, memberId: `mem_${seq}`, actorId },
      at: at(0, seq).createdAt,
    });
    const keysOf = (rows: Row[]) => rows.map((row) => row.key);
    const entries = [at(0, 10), at(1, 20), at(2, 30)];

    it('are grouped into rows at their position', () => {
      const membershipChanges = [
        membershipChange(11),
        membershipChange(12),
        membershipChange(25),
        membershipChange(40),
      ];
      const rows = layOutRows({ ...base, entries, membershipChanges });
      const expected = [
        'msg_10',
        'membership_11',
        'msg_20',
        'membership_25',
        'msg_30',
        'membership_40',
      ];
      expect(keysOf(rows)).toEqual(expected);
      expect(
        rows.flatMap((row) => (row.kind === 'membership' ? [row.membershipChanges.length] : [])),
      ).toEqual([2, 1, 1]);
      // The next message shows a header, but no new day.
      expect(heads(rows)).toEqual([true, false, true, false, true, false]);
      expect(rows.map((row) => row.kind === 'message' && row.day)).toEqual([
        true,
        ...[false, false, false, false, false],
      ]);
    });

    it('are hidden outside the loaded part of the history', () => {
      const membershipChanges = [membershipChange(5), membershipChange(15), membershipChange(40)];
      expect(keysOf(layOutRows({ ...base, entries, membershipChanges, isCutOff: true }))).toEqual([
        ...['msg_10', 'membership_15', 'msg_20', 'msg_30'],
      ]);
      const whole = layOutRows({ ...base, entries, membershipChanges, fromStart: true });
      expect(keysOf(whole).slice(0, 3)).toEqual(['start', 'membership_5', 'msg_10']);
      expect(
        keysOf(layOutRows({ ...base, entries: [], membershipChanges, fromStart: true })),
      ).toHaveLength(2);
    });

    it('are merged into few sentences', () => {
      const membershipChanges = [
        ...[membershipChange(1, 'joined', 'mem_1'), membershipChange(2, 'joined', 'mem_2')],
        ...[membershipChange(3), membershipChange(4)],
        membershipChange(5, 'left', 'mem_5'),
      ];
      expect(groupMembershipChanges(membershipChanges)).toEqual([
        { seq: 1, kind: 'joined', memberIds: ['mem_1', 'mem_2'], actorId: null },
        { seq: 3, kind: 'joined', memberIds: ['mem_3', 'mem_4'], actorId: 'mem_a' },
        { seq: 5, kind: 'left', memberIds: ['mem_5'], actorId: null },
      ]);
    });
  });

  it('shows a confirmed message that is still in the outbox only once', () => {
    const outgoing = [sent, { ...sent, id: 'msg_2' }];
    const rows = layOutRows({ ...base, entries: [at(0, 1)], outgoing });
    expect(rows.map((row) => row.key)).toEqual(['msg_1', 'msg_2']);
  });
});
