/** Capped counts are marked as such. */
import { expect, it } from 'vitest';
import { formatCount } from './formatCount';

it('appends a plus sign at and above the cap', () => {
  expect([0, 7, 999, 1000, 1003].map(formatCount)).toEqual(['0', '7', '999', '1000+', '1000+']);
});
