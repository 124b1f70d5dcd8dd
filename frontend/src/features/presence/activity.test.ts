/** Activity of the user: idle after a time without input. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ActivityWatch, idleAfterMs } from './activity';

describe('ActivityWatch', () => {
  let reported: string[];
  let watch: ActivityWatch;

  beforeEach(() => {
    vi.useFakeTimers();
    reported = [];
    watch = new ActivityWatch((activity) => reported.push(activity));
  });

  afterEach(() => {
    watch.stop();
  });

  it('becomes idle after five minutes without input, and active on the next input', () => {
    vi.advanceTimersByTime(idleAfterMs - 1000);
    window.dispatchEvent(new Event('keydown'));
    vi.advanceTimersByTime(idleAfterMs - 1);
    expect([reported, watch.now()]).toEqual([[], 'ACTIVE']);
    vi.advanceTimersByTime(1);
    expect([reported, watch.now()]).toEqual([['IDLE'], 'IDLE']);
    window.dispatchEvent(new Event('pointermove'));
    window.dispatchEvent(new Event('pointermove'));
    expect([reported, watch.now()]).toEqual([['IDLE', 'ACTIVE'], 'ACTIVE']);
    vi.advanceTimersByTime(idleAfterMs);
    expect(reported).toEqual(['IDLE', 'ACTIVE', 'IDLE']);
  });

  it('becomes active when the page becomes visible', () => {
    vi.advanceTimersByTime(idleAfterMs);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(watch.now()).toBe('ACTIVE');
  });

  it('reports nothing after stop', () => {
    watch.stop();
    vi.advanceTimersByTime(idleAfterMs * 2);
    window.dispatchEvent(new Event('keydown'));
    expect(reported).toEqual([]);
  });
});
