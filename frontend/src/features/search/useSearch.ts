/**
 * What was found by a search, page by page. The answer before stays until the next one comes; an
 * answer that is out of date never takes its place.
 */
import type { ApolloClient } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type Failure, failureOf } from '../../apollo/failure';
import type { SearchFoundFragment, SearchSort } from '../../gql/graphql';
import { useWorkspace } from '../workspace/workspaceContext';
import { SEARCH_FIRST_PAGE, SEARCH_NEXT_PAGE, type SearchEdge, type SearchFacets } from './search';

const pageSize = 20;

export interface Search {
  query: string;
  sort: SearchSort;
}

/** What was found by a search, as far as it is loaded. */
export interface Answer extends Search {
  /** How far the log had been followed when it was asked for. */
  seq: number;
  edges: readonly SearchEdge[];
  endCursor: string | null;
  hasMore: boolean;
  total: { count: number; exact: boolean };
  facets: SearchFacets;
  unresolved: readonly string[];
  /** False while the index is being built for the first time. */
  complete: boolean;
}

export interface Searching {
  /** Of this search, or of the one before while this one runs. */
  answer: Answer | null;
  failure: Failure | null;
  loading: 'first' | 'more' | null;
  loadMore(): void;
  retry(): void;
  /** Takes a message out that was deleted meanwhile. */
  remove(messageId: string): void;
}

export function isOf(answer: Answer | null, { query, sort }: Search): answer is Answer {
  return answer?.query === query && answer.sort === sort;
}

export function useSearch({ query, sort }: Search, kept: Answer | null): Searching {
  const client = useApolloClient();
  const { id: workspaceId, position } = useWorkspace();
  const [answer, setAnswer] = useState(kept);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [loading, setLoading] = useState<Searching['loading']>(null);
  const [attempt, setAttempt] = useState(0);
  /** The search whose answer is here or on its way. */
  const asked = useRef(kept && JSON.stringify([kept.query, kept.sort, 0]));

  useEffect(() => {
    const key = JSON.stringify([query, sort, attempt]);
    if (asked.current === key) return;
    asked.current = key;
    setFailure(null);
    if (query.trim() === '') {
      setAnswer(null);
      setLoading(null);
      return;
    }
    setLoading('first');
    const { seq } = position;
    firstPage(client, workspaceId, { query, sort })
      .then((next) => {
        if (asked.current === key) setAnswer({ ...next, seq });
      })
      .catch((error: unknown) => {
        if (asked.current === key) setFailure(failureOf(error));
      })
      .finally(() => {
        if (asked.current === key) setLoading(null);
      });
  }, [client, workspaceId, position, query, sort, attempt]);

  async function loadMore() {
    if (!answer?.hasMore || loading) return;
    const key = asked.current;
    setLoading('more');
    setFailure(null);
    try {
      const next = await nextPage(client, workspaceId, answer);
      if (asked.current === key) setAnswer((now) => now && continued(now, next));
    } catch (error) {
      if (asked.current === key) setFailure(failureOf(error));
    }
    if (asked.current === key) setLoading(null);
  }

  const retry = useCallback(() => setAttempt((before) => before + 1), []);
  const remove = useCallback((messageId: string) => {
    setAnswer((now) => now && without(now, messageId));
  }, []);
  return { answer, failure, loading, loadMore, retry, remove };
}

function variablesOf(workspaceId: string, { query, sort }: Search) {
  // Days are those of the person who asks.
  const filter = { utcOffset: -new Date().getTimezoneOffset() };
  return { workspaceId, query, sort, filter, first: pageSize };
}

async function firstPage(
  client: ApolloClient,
  workspaceId: string,
  search: Search,
): Promise<Omit<Answer, 'seq'>> {
  const { data } = await client.query({
    query: SEARCH_FIRST_PAGE,
    variables: variablesOf(workspaceId, search),
    fetchPolicy: 'network-only',
  });
  if (!data) throw new Error('an answer came without data');
  const { edges, pageInfo, total, facets, unresolved, complete } = data.search;
  const { endCursor, hasNextPage: hasMore } = pageInfo;
  return {
    ...{ query: search.query, sort: search.sort, edges, total, facets, unresolved, complete },
    ...{ endCursor: endCursor ?? null, hasMore },
  };
}

async function nextPage(client: ApolloClient, workspaceId: string, answer: Answer) {
  const { data } = await client.query({
    query: SEARCH_NEXT_PAGE,
    variables: { ...variablesOf(workspaceId, answer), after: answer.endCursor },
    fetchPolicy: 'network-only',
  });
  if (!data) throw new Error('an answer came without data');
  return data.search;
}

/** What was written meanwhile may have moved a message to the next page. */
function continued(answer: Answer, { edges, pageInfo }: SearchFoundFragment): Answer {
  const known = new Set(answer.edges.map(({ node }) => node.id));
  return {
    ...answer,
    edges: [...answer.edges, ...edges.filter(({ node }) => !known.has(node.id))],
    endCursor: pageInfo.endCursor ?? null,
    hasMore: pageInfo.hasNextPage,
  };
}

function without(answer: Answer, messageId: string): Answer {
  const edges = answer.edges.filter(({ node }) => node.id !== messageId);
  if (edges.length === answer.edges.length) return answer;
  const count = Math.max(0, answer.total.count - 1);
  return { ...answer, edges, total: { ...answer.total, count } };
}
