/** Error messages shown for server errors. */
import { expect, it } from 'vitest';
import { failureOf, failureOfGraphql } from './failure';

it('rewrites the message for RATE_LIMITED only', () => {
  const limited = failureOfGraphql({
    message: 'Too many attempts. Try again in 120 s.',
    extensions: { code: 'RATE_LIMITED', retryAfter: 120 },
  });
  expect(limited.message).toBe('Too many attempts. Try again in 2 minutes.');
  const message = 'The database is temporarily unavailable. Retry later.';
  const unavailable = failureOfGraphql({
    message,
    extensions: { code: 'UNAVAILABLE', retryAfter: 1 },
  });
  expect(unavailable).toEqual({ code: 'UNAVAILABLE', message, retryAfter: 1 });
});

it('reports any other error as an unreachable server', () => {
  const message = "Can't reach the server. Check your connection and try again.";
  expect(failureOf(new TypeError('Failed to fetch'))).toEqual({ code: 'NETWORK', message });
});
