/** Recent searches of a member, newest first, stored on this device. */
import { readStored, useStored, writeStored } from '../../ui/deviceStorage';

const maxRecentSearches = 10;

/** Member ids are unique per workspace, so searches are stored per workspace. */
function keyOf(memberId: string): string {
  return `confab.searches.${memberId}`;
}

function parse(stored: string | null): string[] {
  try {
    const list: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

export function readRecentSearches(memberId: string): string[] {
  return parse(readStored(keyOf(memberId)));
}

export function rememberSearch(memberId: string, text: string): void {
  const search = text.trim();
  if (search === '') return;
  const others = readRecentSearches(memberId).filter((other) => other !== search);
  const list = [search, ...others].slice(0, maxRecentSearches);
  writeStored(keyOf(memberId), JSON.stringify(list));
}

export function clearRecentSearches(memberId: string): void {
  writeStored(keyOf(memberId), null);
}

export function useRecentSearches(memberId: string): string[] {
  return parse(useStored(keyOf(memberId)));
}
