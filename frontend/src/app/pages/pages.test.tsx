/** Lists of pages stay up to date, and show why their next page is missing. */
import type { ApolloLink } from '@apollo/client';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router';
import { act, fireEvent, render, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Channel } from '../../features/channel/channel';
import { channelUpdated } from '../../features/channel/channelCache';
import { channelWith } from '../../features/channel/channelFixture';
import { memberWith } from '../../features/member/memberFixture';
import { messageWith } from '../../features/message/messageFixture';
import { Timelines } from '../../features/message/timelines';
import { TimelinesContext } from '../../features/message/useTimelines';
import { UnreadNotifications } from '../../features/notification/unreadNotifications';
import { UnreadNotificationsContext } from '../../features/notification/useUnreadNotifications';
import { inWorkspace } from '../../features/workspace/workspaceFixture';
import { ActivityPage } from './ActivityPage';
import { BrowsePage } from './BrowsePage';

/** The field of the workspace that the server responds with, or null to fail. */
type Respond = (variables: Record<string, unknown>) => Record<string, unknown> | null;

/** Opens a page. Returns the cache. */
function open(Page: () => ReactNode, respond: Respond) {
  const answer: ApolloLink.RequestHandler = ({ variables }) => {
    const fields = respond(variables);
    if (!fields) return of({ errors: [{ message: 'Broken.', extensions: { code: 'INTERNAL' } }] });
    return of({ data: { workspace: { __typename: 'Workspace', id: 'wks_1', ...fields } } });
  };
  const place = inWorkspace({ respond: answer });
  const root = createRootRoute();
  const page = createRoute({ getParentRoute: () => root, path: '/', component: Page });
  const router = createRouter({
    routeTree: root.addChildren([page]),
    history: createMemoryHistory({ initialEntries: ['/'] }),
  });
  render(
    <TimelinesContext value={new Timelines()}>
      <UnreadNotificationsContext value={new UnreadNotifications(place.client, 'wks_1')}>
        <RouterProvider router={router} />
      </UnreadNotificationsContext>
    </TimelinesContext>,
    place,
  );
  return place.client.cache;
}

/** Requests the next page, which fails, and again, which succeeds. */
async function retry(button: string, item: string) {
  fireEvent.click(await screen.findByRole('button', { name: button }));
  expect((await screen.findByRole('alert')).textContent).toBe('Broken.');
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByText(item);
  expect(screen.queryByRole('alert')).toBeNull();
}

describe('the channel browser', () => {
  const list = (nodes: readonly Channel[], endCursor: string | null = null) => {
    const pageInfo = { __typename: 'PageInfo', hasNextPage: endCursor !== null, endCursor };
    return { channels: { __typename: 'ChannelConnection', nodes, pageInfo } };
  };
  const general = channelWith();
  const plans = channelWith({ id: 'chn_2', name: 'plans' });

  it('shows a channel that is unarchived while it is open', async () => {
    const active = [general];
    const cache = open(BrowsePage, () => list(active));
    await screen.findByText('general');
    expect(screen.queryByText('plans')).toBeNull();
    active.push(plans);
    act(() => void channelUpdated(cache, 'wks_1', plans));
    await screen.findByText('plans');
  });

  it('shows why the next page is missing, and tries again', async () => {
    const later = [null, list([plans])];
    open(BrowsePage, ({ after }) => (after ? (later.shift() ?? null) : list([general], 'c1')));
    await retry('Show more', 'plans');
    screen.getByText('general');
  });
});

describe('the activity page', () => {
  const notification = (seq: number, read: boolean) => ({
    ...{ __typename: 'Notification', id: `ntf_${seq}`, seq, reason: 'MENTION', read },
    createdAt: '2026-01-01T00:00:00.000Z',
    message: {
      ...messageWith({ seq }),
      author: memberWith({ id: 'mem_ann' }),
      channel: channelWith(),
    },
  });
  const list = (nodes: readonly unknown[], startCursor: string | null = null) => {
    const pageInfo = { __typename: 'PageInfo', hasPreviousPage: startCursor !== null, startCursor };
    return { notifications: { __typename: 'NotificationConnection', nodes, pageInfo } };
  };

  it('highlights each unread item, also below a read one', async () => {
    open(ActivityPage, () =>
      list([notification(1, true), notification(2, false), notification(3, true)]),
    );
    await screen.findByText('text 3');
    const highlighted = screen
      .getAllByRole('article')
      .map((item) => item.className.includes('bg-notice-tint'));
    expect(highlighted).toEqual([false, true, false]);
  });

  it('shows why the next page is missing, and tries again', async () => {
    const later = [null, list([notification(1, true)])];
    const first = list([notification(2, true)], 'c2');
    open(ActivityPage, ({ before }) => (before ? (later.shift() ?? null) : first));
    await retry('Show older', 'text 1');
    screen.getByText('text 2');
  });
});
