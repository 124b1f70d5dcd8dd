/** Which answer is shown while searches follow one another. */
import { ApolloClient, ApolloLink, Observable } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { act, cleanup, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, expect, it, vi } from 'vitest';
import { createCache } from '../../apollo/cache';
import { type OpenWorkspace, WorkspaceContext } from '../workspace/workspaceContext';
import { useSearch } from './useSearch';

afterEach(cleanup);

/** A server that answers each search when it is told to, in any order. */
function start(query: string, pageOf: (query: string, after?: string) => object = nothing) {
  const waiting = new Map<string, (fails?: boolean) => void>();
  const link = new ApolloLink(
    ({ variables }) =>
      new Observable((observer) => {
        waiting.set(variables?.query, (fails) => {
          if (fails) return observer.error(new Error('away'));
          observer.next({ data: { search: pageOf(variables?.query, variables?.after) } });
          observer.complete();
        });
      }),
  );
  const client = new ApolloClient({ cache: createCache(), link });
  const asking = vi.spyOn(client, 'query');
  const workspace = { id: 'wks_1', position: { seq: 7 } } as OpenWorkspace;
  const wrapper = ({ children }: { children: ReactNode }) => (
    <ApolloProvider client={client}>
      <WorkspaceContext value={workspace}>{children}</WorkspaceContext>
    </ApolloProvider>
  );
  const hook = renderHook(({ query }) => useSearch({ query, sort: 'RELEVANCE' }, null), {
    wrapper,
    initialProps: { query },
  });
  const answer = (query: string, fails = false) =>
    act(async () => {
      waiting.get(query)?.(fails);
      await Promise.allSettled(
        asking.mock.calls.flatMap(([{ variables }], call) =>
          variables?.query === query ? [asking.mock.results[call]?.value] : [],
        ),
      );
    });
  return { ...hook, answer };
}

/** An answer that tells which search it belongs to by what it could not make sense of. */
function nothing(query: string) {
  return {
    __typename: 'SearchConnection',
    edges: [],
    pageInfo: { __typename: 'PageInfo', hasNextPage: false, endCursor: null },
    total: { __typename: 'SearchTotal', count: 0, exact: true },
    facets: { __typename: 'SearchFacets', channels: [], authors: [], months: [] },
    unresolved: [query],
    complete: true,
  };
}

it('keeps the answer before until the next one comes', async () => {
  const { result, rerender, answer } = start('one');
  expect(result.current).toMatchObject({ answer: null, loading: 'first' });
  await answer('one');
  expect(result.current).toMatchObject({ answer: { query: 'one', seq: 7 }, loading: null });
  rerender({ query: 'two' });
  expect(result.current).toMatchObject({ answer: { query: 'one' }, loading: 'first' });
  await answer('two');
  expect(result.current).toMatchObject({ answer: { unresolved: ['two'] }, loading: null });
});

it('never lets an answer win that is out of date', async () => {
  const { result, rerender, answer } = start('one');
  rerender({ query: 'two' });
  await answer('two');
  await answer('one');
  expect(result.current.answer?.unresolved).toEqual(['two']);
  rerender({ query: 'three' });
  rerender({ query: '' });
  await answer('three');
  expect(result.current).toMatchObject({ answer: null, failure: null, loading: null });
});

it('says what went wrong, and asks again when told to', async () => {
  const { result, answer } = start('one');
  await answer('one', true);
  expect(result.current).toMatchObject({ failure: { code: 'NETWORK' }, loading: null });
  act(() => result.current.retry());
  expect(result.current).toMatchObject({ failure: null, loading: 'first' });
  await answer('one');
  expect(result.current).toMatchObject({ answer: { query: 'one' }, failure: null });
});

/** Files that were found, as the server says it of them twice. */
function foundFiles(...ids: string[]) {
  return ids.map((id) => {
    const uploader = {
      ...{ __typename: 'Member', id: 'mem_1', handle: 'ann', name: 'Ann', role: 'MEMBER' },
      ...{ active: true, joinedAt: '', avatarUrl: null },
    };
    const file = {
      ...{ __typename: 'File', id, name: `${id}.txt`, type: 'text/plain', kind: 'DOCUMENT' },
      ...{ size: 1, status: 'READY', isVoice: false, isAnimated: false, alt: null },
      ...{ width: null, height: null },
      ...{ durationMs: null, thumbhash: null, waveform: null, url: '', downloadUrl: '' },
      ...{ previews: [], uploaderId: 'mem_1', uploader, channelId: 'chn_1', messageId: 'msg_1' },
      ...{ createdAt: '', removedAt: null },
    };
    const node = { __typename: 'File', id };
    return { __typename: 'SearchEdge', cursor: id, node, file, highlights: [] };
  });
}

it('adds the files of the next page, each of them once', async () => {
  const { result, answer } = start('one', (query, after) => ({
    ...nothing(query),
    edges: after ? foundFiles('fil_2', 'fil_3') : foundFiles('fil_1', 'fil_2'),
    pageInfo: { __typename: 'PageInfo', hasNextPage: !after, endCursor: 'fil_2' },
  }));
  const names = () =>
    result.current.answer?.edges.map(({ file }) => file.__typename === 'File' && file.name);
  await answer('one');
  expect(names()).toEqual(['fil_1.txt', 'fil_2.txt']);
  act(() => {
    result.current.loadMore();
  });
  await answer('one');
  expect(names()).toEqual(['fil_1.txt', 'fil_2.txt', 'fil_3.txt']);
  expect(result.current).toMatchObject({ answer: { hasMore: false }, loading: null });
});
