/** How many messages match a saved search that were sent after its answer. */
import { useEffect, useRef, useState } from 'react';
import { useWorkspace } from '../workspace/workspaceContext';
import type { Answer } from './useSearch';

/** 0 for a search that is not saved. */
export function useNewMatches(savedSearchId: string | undefined, answer: Answer | null): number {
  const { live, followSearch } = useWorkspace();
  const [found, setFound] = useState<ReadonlySet<string>>(new Set());
  /** What was looked at last; a new connection begins behind it. */
  const seen = useRef(0);
  const from = answer?.seq;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another search counts anew.
  useEffect(() => {
    seen.current = from ?? 0;
    setFound(new Set());
  }, [savedSearchId, from]);

  useEffect(() => {
    if (!savedSearchId || from === undefined || live !== 'live') return;
    return followSearch(savedSearchId, seen.current, ({ seq, messageId }) => {
      seen.current = Math.max(seen.current, seq);
      setFound((before) => new Set([...before, messageId]));
    });
  }, [savedSearchId, from, live, followSearch]);

  const shown = new Set(answer?.edges.map(({ node }) => node.id));
  return [...found].filter((id) => !shown.has(id)).length;
}
