/** Interprets the close event of a WebSocket. */
import { describe, expect, it, vi } from 'vitest';
import { pauseFor, wakeAll } from '../../apollo/pause';
import { interpretClose } from './interpretClose';

describe('interpretClose', () => {
  it('honors retryAfter of a busy server', () => {
    const closed = { code: 1013, reason: '{"retryAfter": 2.5}' };
    expect(interpretClose(closed)).toEqual({ kind: 'busy', retryAfter: 2.5 });
  });

  it('treats an invalid reason as a lost connection', () => {
    for (const reason of ['', 'later', 'null', '{"retryAfter": "soon"}', '{"retryAfter": -1}']) {
      expect(interpretClose({ code: 1013, reason })).toEqual({ kind: 'lost' });
    }
    expect(interpretClose({ code: 1006, reason: '{"retryAfter": 2}' })).toEqual({ kind: 'lost' });
    expect(interpretClose(null)).toEqual({ kind: 'lost' });
  });

  it('recognizes the end of the session', () => {
    expect(interpretClose({ code: 4401, reason: 'Unauthorized' })).toEqual({ kind: 'signedOut' });
  });
});

describe('pauseFor', () => {
  it('lasts between 1 and 1.5 times the requested time, and ignores wake-ups', async () => {
    vi.useFakeTimers();
    let over = false;
    const pause = pauseFor(0, 2.5, new AbortController().signal).then(() => {
      over = true;
    });
    wakeAll();
    await vi.advanceTimersByTimeAsync(2499);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1251);
    await pause;
    expect(over).toBe(true);
  });
});
