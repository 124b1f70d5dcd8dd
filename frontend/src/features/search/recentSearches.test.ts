/** Recent searches. */
import { expect, it } from 'vitest';
import { clearRecentSearches, readRecentSearches, rememberSearch } from './recentSearches';

it('keeps the last ten distinct searches, newest first', () => {
  for (let i = 0; i < 12; i++) rememberSearch('mem_me', `search ${i}`);
  rememberSearch('mem_me', '  search 5 ');
  rememberSearch('mem_me', '  ');
  const recent = readRecentSearches('mem_me');
  expect(recent).toHaveLength(10);
  expect(recent.slice(0, 3)).toEqual(['search 5', 'search 11', 'search 10']);
  expect(readRecentSearches('mem_other')).toEqual([]);
  clearRecentSearches('mem_me');
  expect(readRecentSearches('mem_me')).toEqual([]);
});

it('ignores invalid stored data', () => {
  localStorage.setItem('confab.searches.mem_me', '{');
  expect(readRecentSearches('mem_me')).toEqual([]);
});
