/** The event stream across lost connections, outdated positions and rejections. */
import { describe, expect, it } from 'vitest';
import type { LiveState, Position } from '../workspace/live';
import type { EventItem } from './eventsDocument';
import { followEvents, type Port, type StreamEnd } from './followEvents';

/** The items of one subscription, and how it ends. */
type Script = { items: EventItem[]; end: StreamEnd };

const lost: StreamEnd = { kind: 'lost' };
const signedOut: StreamEnd = { kind: 'signedOut' };

const event = (seq: number): EventItem => ({
  __typename: 'MemberLeft',
  seq,
  at: '2026-01-01T00:00:00.000Z',
  actorId: 'mem_a',
  memberId: `mem_${seq}`,
});
const head = (seq: number): EventItem => ({ __typename: 'Head', seq });
const resync = (after: number, takeBoot: boolean): EventItem => ({
  __typename: 'Resync',
  after,
  takeBoot,
});

async function run(
  scripts: Script[],
  boots: ({ seq: number; privateRev: number } | 'fails')[] = [],
) {
  const log = {
    subscribed: [] as number[],
    revs: [] as number[],
    applied: [] as number[],
    countedTo: [] as number[],
    boots: [] as boolean[],
    states: [] as LiveState[],
    pauses: 0,
    seconds: [] as (number | undefined)[],
  };
  const port: Port = {
    async subscribe(after, privateRev, { next }, signal) {
      log.subscribed.push(after);
      log.revs.push(privateRev);
      const script = scripts.shift() ?? { items: [], end: signedOut };
      // The library delivers all items of a frame, even after an abort.
      for (const item of script.items) next(item);
      return signal.aborted ? lost : script.end;
    },
    apply(item, position: Position) {
      log.applied.push('seq' in item ? item.seq : -1);
      log.countedTo.push(position.countedTo);
    },
    async loadBoot(broken) {
      const boot = boots.shift();
      if (!boot || boot === 'fails') throw new Error('no boot');
      log.boots.push(broken);
      return boot;
    },
    async pause(_attempt, seconds) {
      log.pauses += 1;
      log.seconds.push(seconds);
    },
    onState: (state) => log.states.push(state),
  };
  await followEvents({ seq: 10, privateRev: 1, countedTo: 10 }, port, new AbortController().signal);
  return log;
}

describe('followEvents', () => {
  it('resubscribes from the last position and applies no event twice', async () => {
    const log = await run([
      { items: [event(11), event(12)], end: lost },
      { items: [event(12), event(13)], end: lost },
    ]);
    expect(log.subscribed).toEqual([10, 12, 13]);
    expect(log.applied).toEqual([11, 12, 13]);
  });

  it('advances on Head and never goes back', async () => {
    const log = await run([{ items: [head(40), head(20), event(41)], end: lost }]);
    expect(log.subscribed).toEqual([10, 41]);
    expect(log.applied).toEqual([41]);
  });

  it('reloads boot when the position is too old', async () => {
    const log = await run(
      [{ items: [event(11), resync(11, true), event(500)], end: lost }],
      [{ seq: 900, privateRev: 7 }],
    );
    expect(log.boots).toEqual([true]);
    expect(log.applied).toEqual([11]);
    expect(log.subscribed).toEqual([10, 900]);
    expect(log.revs).toEqual([1, 7]);
  });

  it('continues after a Resync without boot', async () => {
    const log = await run([{ items: [resync(10, false), event(11)], end: lost }]);
    expect(log.boots).toEqual([]);
    expect(log.applied).toEqual([11]);
  });

  it('retries boot until it succeeds before subscribing', async () => {
    const log = await run(
      [{ items: [resync(10, true)], end: lost }],
      ['fails', 'fails', { seq: 50, privateRev: 2 }],
    );
    expect(log.pauses).toBe(2);
    expect(log.subscribed).toEqual([10, 50]);
  });

  it('reloads private data without skipping events', async () => {
    const log = await run(
      [
        { items: [{ __typename: 'PrivateChanged', privateRev: 5 }], end: lost },
        { items: [event(11), event(12), event(13)], end: lost },
      ],
      [{ seq: 12, privateRev: 5 }],
    );
    expect(log.boots).toEqual([false]);
    expect(log.subscribed).toEqual([10, 10, 13]);
    expect(log.applied).toEqual([11, 12, 13]);
    // Boot includes counts up to 12; only 13 may increase them.
    expect(log.countedTo).toEqual([12, 12, 12]);
  });

  it('applies notification changes without a reload', async () => {
    const changed = (privateRev: number): EventItem => ({
      __typename: 'NotificationsChanged',
      privateRev,
      unreadNotifications: 0,
      countedSeq: 10,
    });
    const log = await run([{ items: [changed(2), changed(3), changed(3)], end: lost }]);
    expect(log.boots).toEqual([]);
    expect(log.revs).toEqual([1, 3]);
    expect(log.applied).toEqual([-1, -1, -1]);
  });

  it('reloads private data when a signal was lost', async () => {
    const added = (privateRev: number): EventItem => ({
      __typename: 'NotificationAdded',
      privateRev,
      unreadNotifications: 2,
      countedSeq: 10,
      channelId: 'chn_1',
      messageId: 'msg_1',
      reason: 'MENTION',
    });
    const log = await run(
      [{ items: [added(2), added(4)], end: lost }],
      [{ seq: 10, privateRev: 4 }],
    );
    expect(log.boots).toEqual([false]);
    expect(log.revs).toEqual([1, 4]);
    expect(log.applied).toHaveLength(1);
  });

  it('ends when the session ends or the workspace is gone', async () => {
    const out = await run([{ items: [], end: signedOut }]);
    expect(out.states.at(-1)).toBe('signedOut');
    const failure = { code: 'NOT_FOUND', message: '' };
    const gone = await run([{ items: [], end: { kind: 'refused', failure } }]);
    expect(gone.states.at(-1)).toBe('gone');
    expect(gone.subscribed).toHaveLength(1);
  });

  it('reconnects after retryAfter of a busy server', async () => {
    const log = await run([{ items: [event(11)], end: { kind: 'busy', retryAfter: 2.5 } }]);
    expect(log.seconds).toEqual([2.5]);
    expect(log.subscribed).toEqual([10, 11]);
  });

  it('retries transient errors', async () => {
    const failure = { code: 'UNAVAILABLE', message: '' };
    const log = await run([{ items: [], end: { kind: 'refused', failure } }]);
    expect(log.subscribed).toEqual([10, 10]);
    expect(log.pauses).toBe(1);
  });
});
