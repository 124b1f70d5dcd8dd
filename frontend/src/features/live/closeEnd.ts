/** What the close of a socket means for the stream: its code, and what its reason says. Pure. */
import type { StreamEnd } from './followEvents';

/** The server closed the connection because the sign-in ended. */
const signedOutCode = 4401;

/** The server takes no more connections for the moment; the reason is `{"retryAfter": seconds}`. */
const tryLaterCode = 1013;

/** Longer than this is no polite answer, and is not waited for. */
const longestWait = 300;

/** `closed` is the close event, or whatever else ended the subscription. */
export function closeEnd(closed: unknown): StreamEnd {
  const { code, reason } = (closed ?? {}) as { code?: unknown; reason?: unknown };
  if (code === signedOutCode) return { kind: 'signedOut' };
  const retryAfter = code === tryLaterCode ? secondsIn(reason) : null;
  return retryAfter === null ? { kind: 'lost' } : { kind: 'busy', retryAfter };
}

function secondsIn(reason: unknown): number | null {
  try {
    const said: unknown = JSON.parse(String(reason));
    const seconds = (said as { retryAfter?: unknown } | null)?.retryAfter;
    if (typeof seconds !== 'number' || !(seconds >= 0)) return null;
    return Math.min(seconds, longestWait);
  } catch {
    return null;
  }
}
