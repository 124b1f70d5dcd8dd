/** The unread notification count. */
import { ApolloClient, ApolloLink, Observable } from '@apollo/client';
import { beforeEach, expect, it, vi } from 'vitest';
import { createCache } from '../../apollo/cache';
import { UnreadNotifications } from './unreadNotifications';

let requestCount: number;
let unread: UnreadNotifications;
let shown: () => unknown;

beforeEach(() => {
  vi.useFakeTimers();
  requestCount = 0;
  const cache = createCache();
  const link = new ApolloLink(() => {
    requestCount += 1;
    return new Observable((observer) => {
      observer.next({ data: { boot: { __typename: 'Boot', seq: 20, unreadNotifications: 4 } } });
      observer.complete();
    });
  });
  const id = 'Boot:{"workspace":{"id":"wks_1"}}';
  cache.restore({ [id]: { __typename: 'Boot', unreadNotifications: 0 } });
  unread = new UnreadNotifications(new ApolloClient({ cache, link }), 'wks_1');
  shown = () => (cache.extract()[id] as { unreadNotifications: number }).unreadNotifications;
});

it('sends one request for several changes, and keeps mentions after the counted position', async () => {
  unread.applyCount(9, 10);
  for (let n = 0; n < 5; n++) unread.refresh();
  unread.addMention(15);
  unread.addMention(21);
  await vi.runAllTimersAsync();
  expect(requestCount).toBe(1);
  expect(shown()).toBe(5);
});

it('caps the count at 1,000', () => {
  unread.applyCount(1000, 10);
  unread.addMention(11);
  expect(shown()).toBe(1000);
});

it('sends no request after stop', async () => {
  unread.refresh();
  unread.stop();
  await vi.runAllTimersAsync();
  expect(requestCount).toBe(0);
});
