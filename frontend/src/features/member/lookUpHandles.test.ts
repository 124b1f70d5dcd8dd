/** Handles that were typed or pasted, of people whom this device has not met. */
import { ApolloClient, ApolloLink } from '@apollo/client';
import { NEVER, of, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { createCache } from '../../apollo/cache';
import { lookUpHandles, mostLookedUp } from './lookUpHandles';

const member = (handle: string, active = true) => ({
  __typename: 'Member',
  id: `mem_${handle}`,
  handle,
  name: handle,
  role: 'MEMBER',
  active,
  joinedAt: '2026-01-01T00:00:00.000Z',
  avatarUrl: null,
});
const everyone = [member('Ann'), member('anna'), member('gone', false)];

function clientOf(fails: string[] = [], hangs: string[] = []) {
  const asked: string[] = [];
  const link = new ApolloLink(({ variables }) => {
    const search = String(variables?.search);
    asked.push(search);
    if (fails.includes(search)) return throwError(() => new Error('away'));
    if (hangs.includes(search)) return NEVER;
    const nodes = everyone.filter(({ handle }) => handle.toLowerCase().includes(search));
    const members = { __typename: 'MemberConnection', nodes };
    return of({ data: { workspace: { __typename: 'Workspace', id: 'wks_1', members } } });
  });
  return { asked, client: new ApolloClient({ cache: createCache(), link }) };
}

describe('lookUpHandles', () => {
  it('finds exactly who is called so, and says when nobody is', async () => {
    const { client } = clientOf();
    const found = await lookUpHandles(client, 'wks_1', ['ann', 'an', 'gone']);
    expect([...found]).toEqual([
      ['ann', 'mem_Ann'],
      ['an', null],
      ['gone', null],
    ]);
  });

  it('asks for a few only, and goes on without what could not be asked', async () => {
    vi.useFakeTimers();
    const { client, asked } = clientOf(['x0'], ['x1']);
    const handles = Array.from({ length: 20 }, (_, i) => `x${i}`);
    const looking = lookUpHandles(client, 'wks_1', handles);
    await vi.advanceTimersByTimeAsync(2000);
    const found = await looking;
    vi.useRealTimers();
    expect(asked).toHaveLength(mostLookedUp);
    expect(found.has('x0')).toBe(false);
    expect(found.has('x1')).toBe(false);
    expect(found.get('x2')).toBeNull();
  });
});
