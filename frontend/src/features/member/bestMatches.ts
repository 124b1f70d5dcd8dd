/** Orders people by how well what is typed names them: the one place for it. Pure. */
import { normalHandle } from './handle';
import type { Member } from './member';

const nobody: ReadonlyMap<string, number> = new Map();

/**
 * Those who match, the best first: by handle, by its beginning, by the beginning of a name, of another word
 * of it, anywhere. Of equals, those with whom one had to do most recently.
 */
export function bestMatches(
  members: readonly Member[],
  typed: string,
  contacts = nobody,
): Member[] {
  const word = normalHandle(typed.trim());
  return members
    .map((member) => ({ member, rank: rankOf(member, word), last: contacts.get(member.id) ?? -1 }))
    .filter(({ rank }) => rank < noMatch)
    .sort((a, b) => a.rank - b.rank || b.last - a.last)
    .map(({ member }) => member);
}

const noMatch = 5;

function rankOf({ handle, name }: Member, word: string): number {
  const called = normalHandle(handle);
  const names = normalHandle(name);
  if (called === word) return 0;
  if (called.startsWith(word)) return 1;
  if (names.startsWith(word)) return 2;
  if (names.split(/[^\p{L}\p{N}\p{M}]+/u).some((part) => part.startsWith(word))) return 3;
  return called.includes(word) || names.includes(word) ? 4 : noMatch;
}
