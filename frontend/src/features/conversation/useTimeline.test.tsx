/** Loading and navigation of a timeline. */
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { act, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, it, vi } from 'vitest';
import { Timelines } from '../message/timelines';
import { TimelinesContext } from '../message/useTimelines';
import { type Connection, type PageArgs, useTimeline } from './useTimeline';

function pageOf(seqs: number[], hasNextPage: boolean): Connection {
  const edges = seqs.map((seq) => ({
    node: { id: `msg_${seq}`, seq, authorId: 'mem_1', createdAt: '2026-05-04T12:00:00Z' },
  }));
  const pageInfo = { hasPreviousPage: false, hasNextPage, startCursor: 'a', endCursor: 'b' };
  return { edges, pageInfo } as unknown as Connection;
}

const timelines = new Timelines();
const wrapper = ({ children }: { children: ReactNode }) => (
  <TimelinesContext value={timelines}>{children}</TimelinesContext>
);

it('keeps showing the previous part until the end is loaded, also after a failure', async () => {
  let isOnline = true;
  const fetchPage = vi.fn(async (args: PageArgs) => {
    if (!isOnline) throw new TypeError('Failed to fetch');
    return args.aroundSeq ? pageOf([1, 2, 3], true) : pageOf([8, 9], false);
  });
  const source = { timelineKey: 'chn_1', aroundId: null, readTo: 1, fetchPage };
  const { result } = renderHook(() => useTimeline(source), { wrapper });
  const seqs = () => result.current.segment?.entries.map(({ seq }) => seq);
  await waitFor(() => expect(seqs()).toEqual([1, 2, 3]));

  isOnline = false;
  act(() => result.current.goTo({ kind: 'end' }));
  await waitFor(() => expect(result.current.failure).not.toBeNull());
  expect(seqs()).toEqual([1, 2, 3]);
  isOnline = true;
  act(() => result.current.retry());
  await waitFor(() => expect(seqs()).toEqual([8, 9]));
});

it('reports a missing message in the URL, and recovers', async () => {
  const fetchPage = async (args: PageArgs) => {
    if (!args.around) return pageOf([8, 9], false);
    const refusal = { message: 'Invalid ID.', extensions: { code: 'BAD_USER_INPUT' } };
    throw new CombinedGraphQLErrors({ errors: [refusal] });
  };
  const source = { timelineKey: 'chn_2', aroundId: 'nope', readTo: null, fetchPage };
  const { result } = renderHook(() => useTimeline(source), { wrapper });
  await waitFor(() => expect(result.current.failure?.code).toBe('NOT_FOUND'));
  expect(result.current.failure?.message).toMatch(/^This message doesn't exist/);
  act(() => result.current.goTo({ kind: 'end' }));
  await waitFor(() => expect(result.current.segment?.live).toBe(true));
  expect(result.current.failure).toBeNull();
});

it('opens the thread of a reply in the URL, around its root message', async () => {
  const fetchPage = vi.fn(async (_: PageArgs) => pageOf([8, 9], false));
  const openReply = vi.fn(async () => 'msg_8');
  const source = { timelineKey: 'chn_3', aroundId: 'msg_12', readTo: null, fetchPage, openReply };
  const { result } = renderHook(() => useTimeline(source), { wrapper });
  await waitFor(() => expect(result.current.place).toEqual({ kind: 'message', id: 'msg_8' }));
  expect(openReply).toHaveBeenCalledExactlyOnceWith('msg_12');
  expect(result.current.failure).toBeNull();
  expect(result.current.segment?.entries.map(({ id }) => id)).toEqual(['msg_8', 'msg_9']);
  expect(fetchPage).toHaveBeenCalledOnce();
});

it('reports a missing message that is not a reply', async () => {
  const source = {
    ...{ timelineKey: 'chn_4', aroundId: 'msg_12', readTo: null },
    fetchPage: async () => pageOf([8, 9], false),
    openReply: async () => null,
  };
  const { result } = renderHook(() => useTimeline(source), { wrapper });
  await waitFor(() => expect(result.current.failure?.code).toBe('NOT_FOUND'));
});
