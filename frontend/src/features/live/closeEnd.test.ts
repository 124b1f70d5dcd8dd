/** What a socket's close means: signed out, too many at once, or just lost. */
import { describe, expect, it, vi } from 'vitest';
import { closeEnd } from './closeEnd';
import { pauseFor, wakeAll } from './pause';

describe('closeEnd', () => {
  it('waits as long as a full server asks', () => {
    const closed = { code: 1013, reason: '{"retryAfter": 2.5}' };
    expect(closeEnd(closed)).toEqual({ kind: 'busy', retryAfter: 2.5 });
  });

  it('takes a reason that says nothing, or nonsense, as a lost connection', () => {
    for (const reason of ['', 'later', 'null', '{"retryAfter": "soon"}', '{"retryAfter": -1}']) {
      expect(closeEnd({ code: 1013, reason })).toEqual({ kind: 'lost' });
    }
    expect(closeEnd({ code: 1006, reason: '{"retryAfter": 2}' })).toEqual({ kind: 'lost' });
    expect(closeEnd(null)).toEqual({ kind: 'lost' });
  });

  it('knows the end of the sign-in', () => {
    expect(closeEnd({ code: 4401, reason: 'Unauthorized' })).toEqual({ kind: 'signedOut' });
  });
});

describe('pauseFor', () => {
  it('is at least as long as it was asked for and at most a half more, whoever wakes the others', async () => {
    vi.useFakeTimers();
    let over = false;
    const pause = pauseFor(2.5, new AbortController().signal).then(() => {
      over = true;
    });
    wakeAll();
    await vi.advanceTimersByTimeAsync(2499);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1251);
    await pause;
    expect(over).toBe(true);
    vi.useRealTimers();
  });
});
