/** The sentence that is shown for an error of the server. */
import { expect, it } from 'vitest';
import { failureOfGraphql, sentenceOf } from './failure';

it('counts the wait in words only where somebody tried too often', () => {
  const limited = failureOfGraphql({
    message: 'Too many attempts. Try again in 120 s.',
    extensions: { code: 'RATE_LIMITED', retryAfter: 120 },
  });
  expect(limited.message).toBe('Too many attempts. Try again in 2 minutes.');
  const message = 'The database does not answer.';
  const away = failureOfGraphql({ message, extensions: { code: 'UNAVAILABLE', retryAfter: 1 } });
  expect(away).toEqual({ code: 'UNAVAILABLE', message, retryAfter: 1 });
});

it('has a sentence for what did not work, and none for what did', async () => {
  expect(await sentenceOf(async () => 'done')).toBeNull();
  const away = 'The server cannot be reached. Check the connection and try again.';
  expect(await sentenceOf(() => Promise.reject(new Error('away')))).toBe(away);
});
