/** The searches that are offered again. */
import { beforeEach, expect, it } from 'vitest';
import { forgetSearches, readRecentSearches, rememberSearch } from './recentSearches';

beforeEach(() => localStorage.clear());

it('are the last ten, each once, the latest first', () => {
  for (let i = 0; i < 12; i++) rememberSearch('mem_me', `search ${i}`);
  rememberSearch('mem_me', '  search 5 ');
  rememberSearch('mem_me', '  ');
  const recent = readRecentSearches('mem_me');
  expect(recent).toHaveLength(10);
  expect(recent.slice(0, 3)).toEqual(['search 5', 'search 11', 'search 10']);
  expect(readRecentSearches('mem_other')).toEqual([]);
  forgetSearches('mem_me');
  expect(readRecentSearches('mem_me')).toEqual([]);
});

it('are none where something else is stored', () => {
  localStorage.setItem('confab.searches.mem_me', '{');
  expect(readRecentSearches('mem_me')).toEqual([]);
});
