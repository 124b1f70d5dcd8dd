/** Handle rules, with test cases shared with the server. */
import { expect, it } from 'vitest';
import { parseHandle } from './handle';
import { handleCases } from './handleCases';

it.each(handleCases.given)('normalizes %j as the server does', (given, handle) => {
  // Group names are reserved, which only the server enforces.
  const isGroup = /^(channel|here|all|everyone)$/.test(parseHandle(given) ?? '');
  expect(isGroup ? null : parseHandle(given)).toBe(handle);
});
