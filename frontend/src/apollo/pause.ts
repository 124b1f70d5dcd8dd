/**
 * Exponential backoff with jitter, so that clients do not reconnect all at once. Ends early when the network is
 * restored.
 */
const wakers = new Set<() => void>();

const maxDelayMs = 30_000;

export function pause(attempt: number, atLeastSeconds = 0, signal?: AbortSignal): Promise<void> {
  const backoff = Math.min(maxDelayMs, 500 * 2 ** Math.min(attempt, 10));
  const requested = atLeastSeconds * 1000 * (1 + Math.random() / 2);
  const wait = Math.max(backoff * (0.5 + Math.random() / 2), requested);
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      wakers.delete(wake);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    // A delay requested by the server is never shortened.
    const wake = () => atLeastSeconds === 0 && done();
    const timer = setTimeout(done, wait);
    wakers.add(wake);
    signal?.addEventListener('abort', done, { once: true });
    if (signal?.aborted) done();
  });
}

/** Waits for the delay requested by the server, plus up to 50 percent of jitter. */
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

/** Ends all pauses early, because the network or the server is likely back. */
export function wakeAll(): void {
  for (const wake of [...wakers]) wake();
}

export function wakeOnReconnect(): void {
  window.addEventListener('online', wakeAll);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') wakeAll();
  });
}
