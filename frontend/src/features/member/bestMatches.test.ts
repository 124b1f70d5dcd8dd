/** Ranking of members by typed text. */
import { expect, it } from 'vitest';
import { bestMatches } from './bestMatches';
import { memberWith } from './memberFixture';
import { recentContacts } from './recentContacts';

const member = (handle: string, name: string) => memberWith({ id: `mem_${handle}`, name });

const people = [
  member('lea', 'Léa Marchand'),
  member('tamara', 'Tamara Ito'),
  member('marek', 'Marek Novak'),
  member('mar', 'Ann Xu'),
];

it('ranks by exact handle, handle prefix, name prefix and substring', () => {
  const handles = (typed: string) => bestMatches(people, typed).map(({ handle }) => handle);
  expect(handles('mar')).toEqual(['mar', 'marek', 'lea', 'tamara']);
  expect(handles(' MAREK ')).toEqual(['marek']);
  expect(handles('nobody')).toEqual([]);
  expect(handles('')).toEqual(people.map(({ handle }) => handle));
});

it('prefers recent contacts among equal matches', () => {
  const [one, two] = [member('max-a', 'Max A'), member('max-b', 'Max B')];
  const channels = [
    {
      kind: 'DIRECT',
      directMembers: [{ id: 'me' }, { id: two.id }],
      readState: { lastReadSeq: 7 },
    },
    { kind: 'PUBLIC', directMembers: [], readState: { lastReadSeq: 9 } },
  ];
  const contacts = recentContacts(channels, 'me');
  expect([...contacts]).toEqual([[two.id, 7]]);
  expect(bestMatches([one, two], 'max', contacts)).toEqual([two, one]);
  expect(bestMatches([one, two], 'max-a', contacts)).toEqual([one]);
});

it('ignores Unicode composition', () => {
  const jose = member('jos\u00e9', 'Jos\u00e9');
  expect(bestMatches([jose], 'JOSE\u0301')).toEqual([jose]);
});
