/** What is heard of a message of which nothing would be heard. */
import { expect, it } from 'vitest';
import { signsInWords } from './signs';

it.each([
  ['>', 'greater-than sign'],
  ['> >', 'greater-than sign, greater-than sign'],
  ['``` ```', '3 times backtick, 3 times backtick'],
  ['???', '3 times question mark'],
  ['?!', 'question mark, exclamation mark'],
  ['→ →', '→, →'],
  ['👍', '👍'],
  ['1.', '1.'],
  ['a > b', 'a > b'],
  ['', ''],
])('%j is said as %j', (text, expected) => {
  expect(signsInWords(text)).toBe(expected);
});
