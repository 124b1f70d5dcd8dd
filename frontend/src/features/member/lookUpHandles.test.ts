/** Looks up handles of members that are not cached. */
import { ApolloClient, ApolloLink } from '@apollo/client';
import { NEVER, of, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { createCache } from '../../apollo/cache';
import { lookUpHandles, maxLookups } from './lookUpHandles';
import { memberWith } from './memberFixture';

const everyone = [memberWith({ id: 'mem_Ann' }), memberWith({ id: 'mem_anna' })];

function clientOf(behavior: 'all' | 'nothing' | 'failure') {
  const requests: string[][] = [];
  const link = new ApolloLink(({ variables }) => {
    const handles: string[] = variables.handles;
    requests.push(handles);
    if (behavior === 'failure') return throwError(() => new Error('offline'));
    if (behavior === 'nothing') return NEVER;
    const members = everyone.filter(({ handle }) => handles.includes(handle.toLowerCase()));
    return of({ data: { members } });
  });
  return { requests, client: new ApolloClient({ cache: createCache(), link }) };
}

describe('lookUpHandles', () => {
  it('returns the member id or null for each handle', async () => {
    const { client, requests } = clientOf('all');
    const found = await lookUpHandles(client, 'wks_1', ['ann', 'an', 'gone']);
    expect(requests).toEqual([['ann', 'an', 'gone']]);
    expect([...found]).toEqual([
      ['ann', 'mem_Ann'],
      ['an', null],
      ['gone', null],
    ]);
  });

  it('limits the number of handles per request', async () => {
    const { client, requests } = clientOf('all');
    const handles = Array.from({ length: maxLookups + 20 }, (_, i) => `x${i}`);
    const found = await lookUpHandles(client, 'wks_1', handles);
    expect(requests.map((one) => one.length)).toEqual([maxLookups]);
    expect(found.has(`x${maxLookups}`)).toBe(false);
  });

  it('returns nothing on failure or timeout', async () => {
    expect([...(await lookUpHandles(clientOf('failure').client, 'wks_1', ['ann']))]).toEqual([]);
    vi.useFakeTimers();
    const looking = lookUpHandles(clientOf('nothing').client, 'wks_1', ['ann']);
    await vi.advanceTimersByTimeAsync(2000);
    expect([...(await looking)]).toEqual([]);
  });
});
