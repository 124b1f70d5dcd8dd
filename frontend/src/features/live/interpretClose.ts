/** Interprets the close code and reason of a WebSocket. Pure. */
import type { StreamEnd } from './followEvents';

/** The session ended. */
const signedOutCode = 4401;

/** The server has too many connections. The reason is `{"retryAfter": seconds}`. */
const tryLaterCode = 1013;

/** Maximum wait in seconds. Longer values are capped. */
const maxRetryAfter = 300;

/** `closed` is the close event, or any other value that ended the subscription. */
export function interpretClose(closed: unknown): StreamEnd {
  const { code, reason } = (closed ?? {}) as { code?: unknown; reason?: unknown };
  if (code === signedOutCode) return { kind: 'signedOut' };
  const retryAfter = code === tryLaterCode ? parseRetryAfter(reason) : null;
  return retryAfter === null ? { kind: 'lost' } : { kind: 'busy', retryAfter };
}

function parseRetryAfter(reason: unknown): number | null {
  try {
    const parsed: unknown = JSON.parse(String(reason));
    const seconds = (parsed as { retryAfter?: unknown } | null)?.retryAfter;
    if (typeof seconds !== 'number' || !(seconds >= 0)) return null;
    return Math.min(seconds, maxRetryAfter);
  } catch {
    return null;
  }
}
