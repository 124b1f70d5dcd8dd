/**
 * The search that somebody left for one of its hits, so that the way back leads to the same results
 * at the same place. One is kept, in memory, and goes with the page.
 */
import type { ApolloClient } from '@apollo/client';
import { type Answer, isOf, type Search } from './useSearch';

export interface KeptSearch {
  /** Whose it is: a member is somebody in one workspace. */
  memberId: string;
  answer: Answer;
  scrollTop: number;
  /** The hit that was opened last. */
  hitId: string | null;
}

const kept = new WeakMap<ApolloClient, KeptSearch>();

export function keepSearch(client: ApolloClient, search: KeptSearch): void {
  kept.set(client, search);
}

export function keptSearch(
  client: ApolloClient,
  memberId: string,
  search: Search,
): KeptSearch | null {
  const found = kept.get(client);
  return found?.memberId === memberId && isOf(found.answer, search) ? found : null;
}
