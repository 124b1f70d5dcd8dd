import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ActivityWatch, idleAfter } from './activity';

describe('somebody at a page', () => {
  let said: string[];
  let watch: ActivityWatch;

  beforeEach(() => {
    vi.useFakeTimers();
    said = [];
    watch = new ActivityWatch((activity) => said.push(activity));
  });

  afterEach(() => {
    watch.stop();
    vi.useRealTimers();
  });

  it('is idle after five minutes without input, and active with the next', () => {
    vi.advanceTimersByTime(idleAfter - 1000);
    window.dispatchEvent(new Event('keydown'));
    vi.advanceTimersByTime(idleAfter - 1);
    expect([said, watch.now()]).toEqual([[], 'ACTIVE']);
    vi.advanceTimersByTime(1);
    expect([said, watch.now()]).toEqual([['IDLE'], 'IDLE']);
    window.dispatchEvent(new Event('pointermove'));
    window.dispatchEvent(new Event('pointermove'));
    expect([said, watch.now()]).toEqual([['IDLE', 'ACTIVE'], 'ACTIVE']);
    vi.advanceTimersByTime(idleAfter);
    expect(said).toEqual(['IDLE', 'ACTIVE', 'IDLE']);
  });

  it('is active again when the page is looked at again', () => {
    vi.advanceTimersByTime(idleAfter);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(watch.now()).toBe('ACTIVE');
  });

  it('is not followed beyond the end', () => {
    watch.stop();
    vi.advanceTimersByTime(idleAfter * 2);
    window.dispatchEvent(new Event('keydown'));
    expect(said).toEqual([]);
  });
});
