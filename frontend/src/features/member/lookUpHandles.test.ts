/** Handles that were typed or pasted, of people whom this device has not met. */
import { ApolloClient, ApolloLink } from '@apollo/client';
import { NEVER, of, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { createCache } from '../../apollo/cache';
import { lookUpHandles, mostLookedUp } from './lookUpHandles';

const member = (handle: string) => ({
  __typename: 'Member',
  id: `mem_${handle}`,
  handle,
  name: handle,
  role: 'MEMBER',
  active: true,
  joinedAt: '2026-01-01T00:00:00.000Z',
  avatarUrl: null,
});
const everyone = [member('Ann'), member('anna')];

function clientOf(answer: 'all' | 'nothing' | 'failure') {
  const asked: string[][] = [];
  const link = new ApolloLink(({ variables }) => {
    const handles: string[] = variables.handles;
    asked.push(handles);
    if (answer === 'failure') return throwError(() => new Error('away'));
    if (answer === 'nothing') return NEVER;
    const members = everyone.filter(({ handle }) => handles.includes(handle.toLowerCase()));
    return of({ data: { members } });
  });
  return { asked, client: new ApolloClient({ cache: createCache(), link }) };
}

describe('lookUpHandles', () => {
  it('asks for exactly these, and says when nobody is called so', async () => {
    const { client, asked } = clientOf('all');
    const found = await lookUpHandles(client, 'wks_1', ['ann', 'an', 'gone']);
    expect(asked).toEqual([['ann', 'an', 'gone']]);
    expect([...found]).toEqual([
      ['ann', 'mem_Ann'],
      ['an', null],
      ['gone', null],
    ]);
  });

  it('asks for no more than the server takes at once', async () => {
    const { client, asked } = clientOf('all');
    const handles = Array.from({ length: mostLookedUp + 20 }, (_, i) => `x${i}`);
    const found = await lookUpHandles(client, 'wks_1', handles);
    expect(asked.map((one) => one.length)).toEqual([mostLookedUp]);
    expect(found.has(`x${mostLookedUp}`)).toBe(false);
  });

  it('goes on without an answer, and claims nothing then', async () => {
    expect([...(await lookUpHandles(clientOf('failure').client, 'wks_1', ['ann']))]).toEqual([]);
    vi.useFakeTimers();
    const looking = lookUpHandles(clientOf('nothing').client, 'wks_1', ['ann']);
    await vi.advanceTimersByTimeAsync(2000);
    expect([...(await looking)]).toEqual([]);
    vi.useRealTimers();
  });
});
