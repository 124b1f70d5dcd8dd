import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type MemberPresence, Presences } from './presences';

/** A server that records subscriptions and responds on demand. */
class FakeServer {
  readonly running: { ids: string[]; next(members: MemberPresence[]): void; ended(): void }[] = [];
  subscriptionCount = 0;

  watch = (ids: string[], next: (members: MemberPresence[]) => void, ended: () => void) => {
    const one = { ids, next, ended };
    this.running.push(one);
    this.subscriptionCount++;
    return () => {
      this.running.splice(this.running.indexOf(one), 1);
    };
  };

  get last() {
    const last = this.running.at(-1);
    if (!last) throw new Error('no subscription is running');
    return last;
  }
}

const active = (memberId: string): MemberPresence => ({ memberId, presence: 'ACTIVE' });

describe('Presences', () => {
  let server: FakeServer;
  let presences: Presences;
  const settled = () => vi.advanceTimersByTime(250);

  beforeEach(() => {
    vi.useFakeTimers();
    server = new FakeServer();
    presences = new Presences(server);
  });

  it('watches all visible members with one subscription', () => {
    presences.register('ben');
    expect(server.subscriptionCount).toBe(0);
    presences.connected();
    presences.register('ann');
    presences.register('ann');
    settled();
    expect(server.last.ids).toEqual(['ann', 'ben']);
    server.last.next([active('ann'), { memberId: 'ben', presence: 'OFFLINE' }]);
    expect(server.running).toHaveLength(1);
    expect([presences.get('ann'), presences.get('ben')]).toEqual(['ACTIVE', 'OFFLINE']);
  });

  it('keeps known presences until the new subscription responds', () => {
    presences.connected();
    const hide = presences.register('ann');
    settled();
    server.last.next([active('ann')]);
    presences.register('ben');
    settled();
    presences.register('cleo');
    settled();
    hide();
    expect(presences.get('ann')).toBe('ACTIVE');
    expect(server.running).toHaveLength(3);
    server.last.next([active('ann'), active('ben')]);
    expect(server.running.map((one) => one.ids)).toEqual([['ann', 'ben', 'cleo']]);
    settled();
    server.last.next([active('ben')]);
    expect([presences.get('ann'), presences.get('ben')]).toEqual(['OFFLINE', 'ACTIVE']);
  });

  it('resubscribes only when the set of members changes', () => {
    presences.connected();
    const hide = presences.register('ann');
    settled();
    hide();
    presences.register('ann');
    settled();
    expect(server.subscriptionCount).toBe(1);
  });

  it('watches at most 200 members', () => {
    presences.connected();
    for (let n = 0; n < 300; n++) presences.register(`m${n}`);
    settled();
    expect(server.last.ids).toHaveLength(200);
  });

  it('keeps presences for a while after a disconnect, and resubscribes on reconnect', () => {
    presences.connected();
    presences.register('ann');
    settled();
    server.last.next([active('ann')]);
    presences.disconnected();
    expect(server.running).toHaveLength(0);
    expect(presences.get('ann')).toBe('ACTIVE');
    presences.connected();
    expect(server.last.ids).toEqual(['ann']);
    presences.disconnected();
    vi.advanceTimersByTime(15_000);
    expect(presences.get('ann')).toBe('OFFLINE');
  });

  it('resubscribes after an error', () => {
    presences.connected();
    presences.register('ann');
    settled();
    server.last.ended();
    vi.advanceTimersByTime(5_000);
    expect(server.subscriptionCount).toBe(2);
    presences.stop();
    expect(server.running).toHaveLength(0);
  });

  it('notifies listeners', () => {
    let notified = 0;
    presences.connected();
    presences.register('ann');
    settled();
    const forget = presences.known.subscribe(() => notified++);
    server.last.next([active('ann')]);
    forget();
    server.last.next([{ memberId: 'ann', presence: 'IDLE' }]);
    expect([notified, presences.get('ann')]).toEqual([1, 'IDLE']);
  });
});
