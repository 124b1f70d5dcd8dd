import { expect, it } from 'vitest';
import { countCharacters, firstCharacters } from './characters';

it('counts characters as the server does', () => {
  expect(countCharacters(' plan ')).toBe(4);
  expect(countCharacters('🎉𝒜')).toBe(2);
  expect(countCharacters('Cafe\u0301')).toBe(4);
});

it('never cuts a character in two', () => {
  expect(firstCharacters('🎉🎉🎉', 2)).toBe('🎉🎉');
  expect(firstCharacters('plan', 9)).toBe('plan');
});
