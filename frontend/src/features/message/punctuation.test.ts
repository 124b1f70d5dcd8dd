/** Punctuation spelled out for screen readers. */
import { expect, it } from 'vitest';
import { spellOutPunctuation } from './punctuation';

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
])('reads %j as %j', (text, expected) => {
  expect(spellOutPunctuation(text)).toBe(expected);
});
