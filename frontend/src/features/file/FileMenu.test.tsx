/** Which actions the menu of a file offers. */
import { fireEvent, render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { createCache } from '../../apollo/cache';
import { inWorkspace } from '../workspace/workspaceFixture';
import { FileMenu } from './FileMenu';
import type { File } from './file';

const own = { id: 'fil_1', name: 'kite.png', channelId: 'chn_1', uploaderId: 'mem_me' } as File;

async function itemsFor(file: File, role: 'ADMIN' | 'MEMBER', archivedAt: string | null) {
  const cache = createCache();
  cache.restore({ 'Channel:chn_1': { __typename: 'Channel', id: 'chn_1', archivedAt } });
  render(<FileMenu file={file} />, inWorkspace({ cache, me: { role } }));
  fireEvent.click(screen.getByRole('button', { name: 'More actions for kite.png' }));
  const items = await screen.findAllByRole('menuitem');
  return items.map((item) => item.textContent);
}

it.each([
  ['MEMBER', 'mem_me', ['Download', 'Edit description', 'Delete file']],
  ['MEMBER', 'mem_ann', ['Download']],
  ['ADMIN', 'mem_ann', ['Download', 'Delete file']],
] as const)('offers a %s what the server allows for a file of %s', async (role, owner, items) => {
  expect(await itemsFor({ ...own, uploaderId: owner }, role, null)).toEqual(items);
});

it.each(['MEMBER', 'ADMIN'] as const)('only downloads in an archived channel: %s', async (role) => {
  expect(await itemsFor(own, role, '2026-01-02T00:00:00.000Z')).toEqual(['Download']);
});
