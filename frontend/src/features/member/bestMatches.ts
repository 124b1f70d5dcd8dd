/** Orders people by how well what is typed names them. Pure. */
import type { Member } from './member';

/** Those who match, the best first: by handle, by its beginning, by the beginning of a name, anywhere. */
export function bestMatches(members: readonly Member[], typed: string): Member[] {
  const word = typed.trim().toLowerCase();
  return members
    .map((member) => ({ member, rank: rankOf(member, word) }))
    .filter(({ rank }) => rank < noMatch)
    .sort((a, b) => a.rank - b.rank)
    .map(({ member }) => member);
}

const noMatch = 5;

function rankOf({ handle, name }: Member, word: string): number {
  const called = handle.toLowerCase();
  const names = name.toLowerCase();
  if (called === word) return 0;
  if (called.startsWith(word)) return 1;
  if (names.startsWith(word)) return 2;
  if (names.split(/[\s-]+/).some((part) => part.startsWith(word))) return 3;
  return called.includes(word) || names.includes(word) ? 4 : noMatch;
}
