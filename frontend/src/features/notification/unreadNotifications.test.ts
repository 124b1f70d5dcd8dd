/** The count of unread notifications: what is asked for again, and how often. */
import { ApolloClient, ApolloLink, Observable } from '@apollo/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createCache } from '../../apollo/cache';
import { UnreadNotifications } from './unreadNotifications';

let asked: number;
let unread: UnreadNotifications;
let shown: () => unknown;

beforeEach(() => {
  vi.useFakeTimers();
  asked = 0;
  const cache = createCache();
  const link = new ApolloLink(() => {
    asked += 1;
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

afterEach(() => {
  vi.useRealTimers();
});

it('asks once for many changes, and keeps what came after the answer was counted', async () => {
  unread.counted(9, 10);
  for (let n = 0; n < 5; n++) unread.refresh();
  unread.mentioned(15);
  unread.mentioned(21);
  await vi.runAllTimersAsync();
  expect(asked).toBe(1);
  expect(shown()).toBe(5);
});

it('shows no more than the server counts', () => {
  unread.counted(1000, 10);
  unread.mentioned(11);
  expect(shown()).toBe(1000);
});

it('asks no more once stopped', async () => {
  unread.refresh();
  unread.stop();
  await vi.runAllTimersAsync();
  expect(asked).toBe(0);
});
