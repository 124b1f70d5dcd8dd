/**
 * Exponential backoff with jitter, so that clients do not reconnect all at once. Ends early when the network is
 * restored.
 */
const wakers = new Set<() => void>();

const maxDelayMs = 30_000;

export function pause(attempt: number, atLeastSeconds = 0, signal?: AbortSignal): Promise<void> {
  const backoff = Math.min(maxDelayMs, 500 * 2 ** Math.min(attempt, 10));
  const requested = atLeastSeconds * 1000 * (1 + Math.random() / 2);
  const ms = Math.max(backoff * (0.5 + Math.random() / 2), requested);
  return wait(ms, atLeastSeconds === 0, signal);
}

/** Waits for the delay requested by the server, plus up to 50 percent of jitter, or else backs off by the attempt. */
export function pauseFor(
  attempt: number,
  seconds: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (seconds === undefined) return pause(attempt, 0, signal);
  return wait(seconds * 1000 * (1 + Math.random() / 2), false, signal);
}

/** A delay requested by the server is never shortened, so it cannot be woken. */
function wait(ms: number, canWake: boolean, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      wakers.delete(done);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (canWake) wakers.add(done);
    signal?.addEventListener('abort', done, { once: true });
    if (signal?.aborted) done();
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
