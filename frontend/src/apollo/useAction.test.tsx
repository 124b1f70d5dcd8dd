/** Actions report that they run, their result and their failure, and show each failure once. */
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { act, render, renderHook, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { FailureNotice } from './FailureNotice';
import { errorAt } from './failure';
import { useAction } from './useAction';

function rejection(code: string, more: { field?: string; reason?: string } = {}) {
  const error = { message: `failed: ${code}`, extensions: { code, ...more } };
  return new CombinedGraphQLErrors({ errors: [error] });
}

/** An action whose runs end when the test says so. */
function open() {
  const runs: { resolve(result: string): void; reject(error: Error): void }[] = [];
  const { result } = renderHook(() =>
    useAction(
      (_: string) => new Promise<string>((resolve, reject) => runs.push({ resolve, reject })),
    ),
  );
  return { result, runs };
}

it('reports a run and its result', async () => {
  const { result, runs } = open();
  let succeeded: Promise<boolean> | undefined;
  act(() => {
    succeeded = result.current.run('a');
  });
  expect(result.current).toMatchObject({ isRunning: true, isDone: false });
  await act(async () => runs[0]?.resolve('done'));
  expect(await succeeded).toBe(true);
  expect(result.current).toMatchObject({ isRunning: false, isDone: true, result: 'done' });
});

it('reports a failure until the next run', async () => {
  const { result, runs } = open();
  await act(async () => {
    const succeeded = result.current.run('a');
    runs[0]?.reject(new TypeError('Failed to fetch'));
    expect(await succeeded).toBe(false);
  });
  expect(result.current).toMatchObject({ isRunning: false, failure: { code: 'NETWORK' } });
  act(() => void result.current.run('b'));
  expect(result.current.failure).toBeNull();
});

it('ignores a run that was replaced or reset', async () => {
  const { result, runs } = open();
  act(() => void result.current.run('a'));
  act(() => void result.current.run('b'));
  await act(async () => runs[1]?.resolve('second'));
  await act(async () => runs[0]?.reject(rejection('FORBIDDEN')));
  expect(result.current).toMatchObject({ result: 'second', failure: null });
  act(() => void result.current.run('c'));
  act(() => result.current.reset());
  await act(async () => runs[2]?.resolve('third'));
  expect(result.current).toMatchObject({ isRunning: false, isDone: false, result: undefined });
});

it('shows a failure at its field, or else as a notice', async () => {
  const { result, runs } = open();
  const failWith = async (error: Error) => {
    await act(async () => {
      const run = result.current.run('a');
      runs.at(-1)?.reject(error);
      await run;
    });
    const { failure } = result.current;
    const { unmount } = render(<FailureNotice failure={failure} fields={['name']} />);
    const notice = screen.queryByRole('alert')?.textContent;
    unmount();
    return [errorAt(failure, 'name'), notice];
  };
  expect(await failWith(rejection('BAD_USER_INPUT', { field: 'name' }))).toEqual([
    'failed: BAD_USER_INPUT',
    undefined,
  ]);
  expect(await failWith(rejection('CONFLICT', { reason: 'CHANNEL_NAME_TAKEN' }))).toEqual([
    'Another channel has this name. Choose a different one.',
    undefined,
  ]);
  expect(await failWith(rejection('CONFLICT', { reason: 'CHANNEL_ARCHIVED' }))).toEqual([
    undefined,
    'This channel is archived.',
  ]);
  expect(await failWith(rejection('CONFLICT', { reason: 'ADDED_LATER' }))).toEqual([
    undefined,
    'failed: CONFLICT',
  ]);
  expect(await failWith(rejection('BAD_USER_INPUT', { field: 'topic' }))).toEqual([
    undefined,
    'failed: BAD_USER_INPUT',
  ]);
});
