/** Deleting an unsent message requires confirmation. */
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { type UploadPort, Uploads } from '../file/upload';
import { type OpenWorkspace, WorkspaceContext } from '../workspace/workspaceContext';
import { OutgoingRow } from './OutgoingRow';
import { Outbox } from './outbox';

afterEach(() => {
  cleanup();
  localStorage.clear();
});

/** Renders a message that the server rejected, with the delete dialog open. */
async function refused() {
  const outbox = new Outbox('mem_me', {
    send: () => Promise.reject({ code: 'FORBIDDEN', message: 'You are not in this channel.' }),
    pause: async () => {},
    isUploaded: () => true,
  });
  outbox.add({
    ...{ id: 'msg_1', workspaceId: 'wks_1', channelId: 'chn_1', threadId: null },
    ...{ text: 'an hour of work', createdAt: '2026-01-01T00:00:00.000Z' },
  });
  await waitFor(() => expect(outbox.all()[0]?.state).toBe('failed'));
  const uploads = new Uploads({} as UploadPort);
  const me = { id: 'mem_me', name: 'Me', avatarUrl: null };
  const workspace = { id: 'wks_1', emoji: [], me, outbox, uploads };
  const [outgoing] = outbox.all();
  if (!outgoing) throw new Error('the outbox is empty');
  render(
    <WorkspaceContext value={workspace as unknown as OpenWorkspace}>
      <OutgoingRow outgoing={outgoing} head />
    </WorkspaceContext>,
  );
  fireEvent.click(screen.getByRole('button', { name: 'Delete' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Delete this message?' }));
  expect(dialog.getByText('an hour of work')).toBeDefined();
  return { outbox, dialog };
}

it('deletes the message after confirmation', async () => {
  const { outbox, dialog } = await refused();
  expect(outbox.all()).toHaveLength(1);
  fireEvent.click(dialog.getByRole('button', { name: 'Delete' }));
  expect(outbox.all()).toEqual([]);
});

it('keeps the message on cancel', async () => {
  const { outbox, dialog } = await refused();
  fireEvent.click(dialog.getByRole('button', { name: 'Cancel' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(outbox.all()).toHaveLength(1);
});
