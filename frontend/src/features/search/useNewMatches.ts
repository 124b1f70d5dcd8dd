/** Counts new messages that match a saved search. */
import { useEffect, useRef, useState } from 'react';
import { declareService } from '../workspace/service';
import { useLiveState } from '../workspace/workspaceContext';
import type { FollowSearch } from './searchMatches';
import type { SearchResponse } from './useSearch';

export const [FollowSearchContext, useFollowSearch] =
  declareService<FollowSearch>('useFollowSearch');

/** Returns 0 for a search that is not saved. */
export function useNewMatches(
  savedSearchId: string | undefined,
  response: SearchResponse | null,
): number {
  const live = useLiveState();
  const followSearch = useFollowSearch();
  const [matchIds, setMatchIds] = useState<ReadonlySet<string>>(new Set());
  /** The last processed sequence number. A new connection continues after it. */
  const lastSeq = useRef(0);
  const from = response?.seq;

  // biome-ignore lint/correctness/useExhaustiveDependencies: resets for another search.
  useEffect(() => {
    lastSeq.current = from ?? 0;
    setMatchIds(new Set());
  }, [savedSearchId, from]);

  useEffect(() => {
    if (!savedSearchId || from === undefined || live !== 'live') return;
    return followSearch(savedSearchId, lastSeq.current, ({ seq, messageId }) => {
      lastSeq.current = Math.max(lastSeq.current, seq);
      setMatchIds((before) => new Set([...before, messageId]));
    });
  }, [savedSearchId, from, live, followSearch]);

  const shown = new Set(response?.edges.map(({ node }) => node.id));
  return [...matchIds].filter((id) => !shown.has(id)).length;
}
