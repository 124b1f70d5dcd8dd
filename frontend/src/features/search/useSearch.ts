/**
 * Loads search results page by page. Keeps the previous results until the next response, and ignores outdated
 * responses.
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

/** The loaded results of a search. */
export interface SearchResponse extends Search {
  /** The last applied sequence number when the search was sent. */
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
  /** Results of this search, or of the previous one while loading. */
  response: SearchResponse | null;
  failure: Failure | null;
  loading: 'first' | 'more' | null;
  loadMore(): void;
  retry(): void;
  /** Removes a deleted message. */
  remove(messageId: string): void;
}

export function isResponseTo(
  response: SearchResponse | null,
  { query, sort }: Search,
): response is SearchResponse {
  return response?.query === query && response.sort === sort;
}

export function useSearch({ query, sort }: Search, initial: SearchResponse | null): Searching {
  const client = useApolloClient();
  const { id: workspaceId, position } = useWorkspace();
  const [response, setResponse] = useState(initial);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [loading, setLoading] = useState<Searching['loading']>(null);
  const [attempt, setAttempt] = useState(0);
  /** Key of the loaded or loading search. */
  const requestedKey = useRef(initial && JSON.stringify([initial.query, initial.sort, 0]));

  useEffect(() => {
    const key = JSON.stringify([query, sort, attempt]);
    if (requestedKey.current === key) return;
    requestedKey.current = key;
    setFailure(null);
    if (query.trim() === '') {
      setResponse(null);
      setLoading(null);
      return;
    }
    setLoading('first');
    const { seq } = position;
    firstPage(client, workspaceId, { query, sort })
      .then((next) => {
        if (requestedKey.current === key) setResponse({ ...next, seq });
      })
      .catch((error: unknown) => {
        if (requestedKey.current === key) setFailure(failureOf(error));
      })
      .finally(() => {
        if (requestedKey.current === key) setLoading(null);
      });
  }, [client, workspaceId, position, query, sort, attempt]);

  async function loadMore() {
    if (!response?.hasMore || loading) return;
    const key = requestedKey.current;
    setLoading('more');
    setFailure(null);
    try {
      const next = await nextPage(client, workspaceId, response);
      if (requestedKey.current === key) setResponse((now) => now && appendPage(now, next));
    } catch (error) {
      if (requestedKey.current === key) setFailure(failureOf(error));
    }
    if (requestedKey.current === key) setLoading(null);
  }

  const retry = useCallback(() => setAttempt((before) => before + 1), []);
  const remove = useCallback((messageId: string) => {
    setResponse((now) => now && withoutMessage(now, messageId));
  }, []);
  return { response, failure, loading, loadMore, retry, remove };
}

function variablesOf(workspaceId: string, { query, sort }: Search) {
  // Dates are in the viewer's time zone.
  const filter = { utcOffset: -new Date().getTimezoneOffset() };
  return { workspaceId, query, sort, filter, first: pageSize };
}

async function firstPage(
  client: ApolloClient,
  workspaceId: string,
  search: Search,
): Promise<Omit<SearchResponse, 'seq'>> {
  const { data } = await client.query({
    query: SEARCH_FIRST_PAGE,
    variables: variablesOf(workspaceId, search),
    fetchPolicy: 'network-only',
  });
  if (!data) throw new Error('search response without data');
  const { edges, pageInfo, total, facets, unresolved, complete } = data.search;
  const { endCursor, hasNextPage: hasMore } = pageInfo;
  return {
    ...{ query: search.query, sort: search.sort, edges, total, facets, unresolved, complete },
    ...{ endCursor: endCursor ?? null, hasMore },
  };
}

async function nextPage(client: ApolloClient, workspaceId: string, response: SearchResponse) {
  const { data } = await client.query({
    query: SEARCH_NEXT_PAGE,
    variables: { ...variablesOf(workspaceId, response), after: response.endCursor },
    fetchPolicy: 'network-only',
  });
  if (!data) throw new Error('search response without data');
  return data.search;
}

/** Appends a page without duplicates, because new messages may shift pages. */
function appendPage(
  response: SearchResponse,
  { edges, pageInfo }: SearchFoundFragment,
): SearchResponse {
  const known = new Set(response.edges.map(({ node }) => node.id));
  return {
    ...response,
    edges: [...response.edges, ...edges.filter(({ node }) => !known.has(node.id))],
    endCursor: pageInfo.endCursor ?? null,
    hasMore: pageInfo.hasNextPage,
  };
}

function withoutMessage(response: SearchResponse, messageId: string): SearchResponse {
  const edges = response.edges.filter(({ node }) => node.id !== messageId);
  if (edges.length === response.edges.length) return response;
  const count = Math.max(0, response.total.count - 1);
  return { ...response, edges, total: { ...response.total, count } };
}
