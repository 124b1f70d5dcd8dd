/** How messages are laid out in rows: days, heads, the "New" line. */
import { describe, expect, it } from 'vitest';
import { layOut, type Row } from './rows';
import type { Entry } from './timeline';

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

  it('shows a message once that is confirmed and still in the outbox', () => {
    const outgoing = [sent, { ...sent, id: 'msg_2' }];
    const rows = layOut({ ...base, entries: [at(0, 1)], outgoing });
    expect(rows.map((row) => row.key)).toEqual(['msg_1', 'msg_2']);
  });
});
