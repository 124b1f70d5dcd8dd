/** A pane that fails to render leaves the others usable. */
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router';
import { fireEvent, render, screen } from '@testing-library/react';
import { type ReactNode, useState } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import { CHANNEL_BY_ID } from '../features/channel/channel';
import { channelWith } from '../features/channel/channelFixture';
import { Presences } from '../features/presence/presences';
import { PresencesContext } from '../features/presence/usePresence';
import { inWorkspace } from '../features/workspace/workspaceFixture';
import { ChannelPage } from './pages/ChannelPage';
import { Shell } from './Shell';

// React reports what a boundary has caught.
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
const workspaceId = 'wks_1';
const channel = channelWith();

/** Opens a page in the shell, with a server that never responds. */
async function open(Page: () => ReactNode, presences: Presences | null) {
  const place = inWorkspace({ me: { role: 'OWNER' } });
  const variables = { workspaceId, id: channel.id };
  const data = { __typename: 'Query' as const, channel };
  place.client.cache.writeQuery({ query: CHANNEL_BY_ID, variables, data });
  const root = createRootRoute();
  const shell = createRoute({
    getParentRoute: () => root,
    path: '/w/$workspaceId',
    component: Shell,
  });
  const page = createRoute({
    getParentRoute: () => shell,
    path: '/c/$channelId',
    component: Page,
  });
  const router = createRouter({
    routeTree: root.addChildren([shell.addChildren([page])]),
    history: createMemoryHistory({ initialEntries: [`/w/${workspaceId}/c/${channel.id}`] }),
  });
  render(
    <PresencesContext value={presences}>
      <RouterProvider router={router} />
    </PresencesContext>,
    place,
  );
  return (await screen.findAllByRole('alert')).map(({ textContent }) => textContent);
}

const noPresences = () => new Presences({ watch: () => () => {} });

function Counter() {
  const [count, setCount] = useState(0);
  return (
    <button type="button" onClick={() => setCount(count + 1)}>
      Pressed {count}
    </button>
  );
}

it('keeps the page when the sidebar fails', async () => {
  // The avatar in the sidebar requires presences.
  expect(await open(Counter, null)).toEqual(["The sidebar can't be shown."]);
  fireEvent.click(screen.getByText('Pressed 0'));
  screen.getByText('Pressed 1');
});

it('keeps the sidebar when the page fails', async () => {
  function Broken(): ReactNode {
    throw new Error('failed to render');
  }
  expect(await open(Broken, noPresences())).toEqual(["This page can't be shown."]);
  fireEvent.click(screen.getByRole('button', { name: /^Go to…/ }));
  await screen.findByRole('dialog', { name: 'Go to a channel or person' });
});

it('keeps the header and the files when the messages fail', async () => {
  const nothing = { messageId: undefined, rootId: undefined, replyId: undefined };
  // The messages require timelines.
  const alerts = await open(
    () => <ChannelPage channelId={channel.id} {...nothing} showsFiles />,
    noPresences(),
  );
  expect(alerts).toEqual(["The messages can't be shown."]);
  screen.getByRole('heading', { name: 'general' });
  const documents = screen.getByRole('radio', { name: 'Documents' }) as HTMLInputElement;
  fireEvent.click(documents);
  expect(documents.checked).toBe(true);
});
