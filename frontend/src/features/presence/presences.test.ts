import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type MemberPresence, Presences } from './presences';

/** A server that remembers what runs, and answers when it is told to. */
class FakeServer {
  readonly running: { ids: string[]; next(members: MemberPresence[]): void; ended(): void }[] = [];
  asked = 0;

  watch = (ids: string[], next: (members: MemberPresence[]) => void, ended: () => void) => {
    const one = { ids, next, ended };
    this.running.push(one);
    this.asked++;
    return () => {
      this.running.splice(this.running.indexOf(one), 1);
    };
  };

  get last() {
    const last = this.running.at(-1);
    if (!last) throw new Error('nothing runs');
    return last;
  }
}

const active = (memberId: string): MemberPresence => ({ memberId, presence: 'ACTIVE' });

describe('those who are on the screen', () => {
  let server: FakeServer;
  let presences: Presences;
  const settled = () => vi.advanceTimersByTime(250);

  beforeEach(() => {
    vi.useFakeTimers();
    server = new FakeServer();
    presences = new Presences(server);
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('are watched by one subscription, each once', () => {
    presences.show('ben');
    expect(server.asked).toBe(0);
    presences.connected();
    presences.show('ann');
    presences.show('ann');
    settled();
    expect(server.last.ids).toEqual(['ann', 'ben']);
    server.last.next([active('ann'), { memberId: 'ben', presence: 'OFFLINE' }]);
    expect(server.running).toHaveLength(1);
    expect([presences.of('ann'), presences.of('ben')]).toEqual(['ACTIVE', 'OFFLINE']);
  });

  it('stay known until the new subscription answers', () => {
    presences.connected();
    const hide = presences.show('ann');
    settled();
    server.last.next([active('ann')]);
    presences.show('ben');
    settled();
    presences.show('cleo');
    settled();
    hide();
    expect(presences.of('ann')).toBe('ACTIVE');
    expect(server.running).toHaveLength(3);
    server.last.next([active('ann'), active('ben')]);
    expect(server.running.map((one) => one.ids)).toEqual([['ann', 'ben', 'cleo']]);
    settled();
    server.last.next([active('ben')]);
    expect([presences.of('ann'), presences.of('ben')]).toEqual(['OFFLINE', 'ACTIVE']);
  });

  it('are asked for again only when they are others', () => {
    presences.connected();
    const hide = presences.show('ann');
    settled();
    hide();
    presences.show('ann');
    settled();
    expect(server.asked).toBe(1);
  });

  it('are 200 at most', () => {
    presences.connected();
    for (let n = 0; n < 300; n++) presences.show(`m${n}`);
    settled();
    expect(server.last.ids).toHaveLength(200);
  });

  it('are known for a while without a connection, and watched again with the next', () => {
    presences.connected();
    presences.show('ann');
    settled();
    server.last.next([active('ann')]);
    presences.lost();
    expect(server.running).toHaveLength(0);
    expect(presences.of('ann')).toBe('ACTIVE');
    presences.connected();
    expect(server.last.ids).toEqual(['ann']);
    presences.lost();
    vi.advanceTimersByTime(15_000);
    expect(presences.of('ann')).toBe('OFFLINE');
  });

  it('are asked for again when the server refused', () => {
    presences.connected();
    presences.show('ann');
    settled();
    server.last.ended();
    vi.advanceTimersByTime(5_000);
    expect(server.asked).toBe(2);
    presences.stop();
    expect(server.running).toHaveLength(0);
  });

  it('tell whoever listens', () => {
    let told = 0;
    presences.connected();
    presences.show('ann');
    settled();
    const forget = presences.subscribe(() => told++);
    server.last.next([active('ann')]);
    forget();
    server.last.next([{ memberId: 'ann', presence: 'IDLE' }]);
    expect([told, presences.of('ann')]).toEqual([1, 'IDLE']);
  });
});
