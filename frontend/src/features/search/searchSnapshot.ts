/**
 * Keeps the last search in memory, so that going back from a hit restores its results and scroll
 * position.
 */
import type { ApolloClient } from '@apollo/client';
import { isResponseTo, type Search, type SearchResponse } from './useSearch';

export interface SearchSnapshot {
  /** The owner. Member ids are unique per workspace. */
  memberId: string;
  response: SearchResponse;
  scrollTop: number;
  /** The last opened hit. */
  hitId: string | null;
}

const snapshots = new WeakMap<ApolloClient, SearchSnapshot>();

export function saveSnapshot(client: ApolloClient, search: SearchSnapshot): void {
  snapshots.set(client, search);
}

export function readSnapshot(
  client: ApolloClient,
  memberId: string,
  search: Search,
): SearchSnapshot | null {
  const found = snapshots.get(client);
  return found?.memberId === memberId && isResponseTo(found.response, search) ? found : null;
}
