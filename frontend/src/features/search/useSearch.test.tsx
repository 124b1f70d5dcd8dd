/** Response handling of successive searches. */
import { Observable } from '@apollo/client';
import { act, renderHook } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { memberWith } from '../member/memberFixture';
import { inWorkspace } from '../workspace/workspaceFixture';
import { useSearch } from './useSearch';

/** Renders the hook with a server that responds on demand, in any order. */
function start(query: string, pageOf: (query: string, after?: string) => object = emptyResponse) {
  const waiting = new Map<string, (fails?: boolean) => void>();
  const place = inWorkspace({
    respond: ({ variables }) =>
      new Observable((observer) => {
        waiting.set(variables?.query, (fails) => {
          if (fails) return observer.error(new Error('offline'));
          observer.next({ data: { search: pageOf(variables?.query, variables?.after) } });
          observer.complete();
        });
      }),
  });
  const querySpy = vi.spyOn(place.client, 'query');
  const hook = renderHook(({ query }) => useSearch({ query, sort: 'RELEVANCE' }, null), {
    ...place,
    initialProps: { query },
  });
  const respond = (query: string, fails = false) =>
    act(async () => {
      waiting.get(query)?.(fails);
      await Promise.allSettled(
        querySpy.mock.calls.flatMap(([{ variables }], call) =>
          variables?.query === query ? [querySpy.mock.results[call]?.value] : [],
        ),
      );
    });
  return { ...hook, respond };
}

/** An empty response, identified by its `unresolved`. */
function emptyResponse(query: string) {
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

it('keeps the previous results until the next response', async () => {
  const { result, rerender, respond } = start('one');
  expect(result.current).toMatchObject({ response: null, loading: 'first' });
  await respond('one');
  expect(result.current).toMatchObject({ response: { query: 'one', seq: 7 }, loading: null });
  rerender({ query: 'two' });
  expect(result.current).toMatchObject({ response: { query: 'one' }, loading: 'first' });
  await respond('two');
  expect(result.current).toMatchObject({ response: { unresolved: ['two'] }, loading: null });
});

it('ignores outdated responses', async () => {
  const { result, rerender, respond } = start('one');
  rerender({ query: 'two' });
  await respond('two');
  await respond('one');
  expect(result.current.response?.unresolved).toEqual(['two']);
  rerender({ query: 'three' });
  rerender({ query: '' });
  await respond('three');
  expect(result.current).toMatchObject({ response: null, failure: null, loading: null });
});

it('reports an error and retries', async () => {
  const { result, respond } = start('one');
  await respond('one', true);
  expect(result.current).toMatchObject({ failure: { code: 'NETWORK' }, loading: null });
  act(() => result.current.retry());
  expect(result.current).toMatchObject({ failure: null, loading: 'first' });
  await respond('one');
  expect(result.current).toMatchObject({ response: { query: 'one' }, failure: null });
});

/** Found files, which the response contains under two aliases. */
function foundFiles(...ids: string[]) {
  return ids.map((id) => {
    const uploader = memberWith({ id: 'mem_1' });
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

it('appends the files of the next page without duplicates', async () => {
  const { result, respond } = start('one', (query, after) => ({
    ...emptyResponse(query),
    edges: after ? foundFiles('fil_2', 'fil_3') : foundFiles('fil_1', 'fil_2'),
    pageInfo: { __typename: 'PageInfo', hasNextPage: !after, endCursor: 'fil_2' },
  }));
  const names = () =>
    result.current.response?.edges.map(({ file }) => file.__typename === 'File' && file.name);
  await respond('one');
  expect(names()).toEqual(['fil_1.txt', 'fil_2.txt']);
  act(() => {
    result.current.loadMore();
  });
  await respond('one');
  expect(names()).toEqual(['fil_1.txt', 'fil_2.txt', 'fil_3.txt']);
  expect(result.current).toMatchObject({ response: { hasMore: false }, loading: null });
});
