/** Who is meant by what is typed. */
import { expect, it } from 'vitest';
import { bestMatches } from './bestMatches';
import type { Member } from './member';

const member = (handle: string, name: string): Member => ({
  __typename: 'Member',
  id: `mem_${handle}`,
  handle,
  name,
  role: 'MEMBER',
  active: true,
  joinedAt: '2026-01-01T00:00:00.000Z',
  avatarUrl: null,
});

const people = [
  member('lea', 'Léa Marchand'),
  member('tamara', 'Tamara Ito'),
  member('marek', 'Marek Novak'),
  member('mar', 'Ann Xu'),
];

it('orders by handle, its beginning, the names, and what stands inside of them', () => {
  const handles = (typed: string) => bestMatches(people, typed).map(({ handle }) => handle);
  expect(handles('mar')).toEqual(['mar', 'marek', 'lea', 'tamara']);
  expect(handles(' MAREK ')).toEqual(['marek']);
  expect(handles('nobody')).toEqual([]);
  expect(handles('')).toEqual(people.map(({ handle }) => handle));
});
