/** Capped counts do not read as exact. */
import { expect, it } from 'vitest';
import { countInWords } from './countInWords';

it('says that there may be more at the cap, also when events have counted on', () => {
  expect([0, 7, 999, 1000, 1003].map(countInWords)).toEqual(['0', '7', '999', '1000+', '1000+']);
});
