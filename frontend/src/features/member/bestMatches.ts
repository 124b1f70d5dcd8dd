/** Ranks members by how well they match typed text. Pure. */
import { normalizeHandle } from './handle';
import type { Member } from './member';

const noContacts: ReadonlyMap<string, number> = new Map();

/**
 * Returns matching members, best first: exact handle, handle prefix, name prefix, prefix of another word,
 * substring. Equal matches are ordered by recent contact.
 */
export function bestMatches(
  members: readonly Member[],
  typed: string,
  contacts = noContacts,
): Member[] {
  const word = normalizeHandle(typed.trim());
  return members
    .map((member) => ({ member, rank: rankOf(member, word), last: contacts.get(member.id) ?? -1 }))
    .filter(({ rank }) => rank < noMatch)
    .sort((a, b) => a.rank - b.rank || b.last - a.last)
    .map(({ member }) => member);
}

const noMatch = 5;

function rankOf({ handle, name }: Member, word: string): number {
  const normalizedHandle = normalizeHandle(handle);
  const normalizedName = normalizeHandle(name);
  if (normalizedHandle === word) return 0;
  if (normalizedHandle.startsWith(word)) return 1;
  if (normalizedName.startsWith(word)) return 2;
  if (normalizedName.split(/[^\p{L}\p{N}\p{M}]+/u).some((part) => part.startsWith(word))) return 3;
  return normalizedHandle.includes(word) || normalizedName.includes(word) ? 4 : noMatch;
}
