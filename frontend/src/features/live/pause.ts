/**
 * Waiting before another attempt: longer each time, at random within bounds so that a thousand
 * clients do not come back in the same moment, and cut short when there is reason to hope.
 */
const wakers = new Set<() => void>();

const longest = 30_000;

export function pause(attempt: number, atLeastSeconds = 0, signal?: AbortSignal): Promise<void> {
  const grown = Math.min(longest, 500 * 2 ** Math.min(attempt, 10));
  const asked = atLeastSeconds * 1000 * (1 + Math.random() / 2);
  const wait = Math.max(grown * (0.5 + Math.random() / 2), asked);
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      wakers.delete(wake);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    // What the server asked for is kept to; only a guess is cut short.
    const wake = () => atLeastSeconds === 0 && done();
    const timer = setTimeout(done, wait);
    wakers.add(wake);
    signal?.addEventListener('abort', done, { once: true });
    if (signal?.aborted) done();
  });
}

/** Waits as long as the server has asked for, and at random up to a half more: others were asked the same. */
export function pauseFor(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000 * (1 + Math.random() / 2));
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}

/** The network or the server seems to be back: whoever waits tries now. */
export function wakeAll(): void {
  for (const wake of [...wakers]) wake();
}

export function wakeWithTheNetwork(): void {
  window.addEventListener('online', wakeAll);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') wakeAll();
  });
}
