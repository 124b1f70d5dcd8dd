/** Deleting an unsent message requires confirmation. */
import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { type UploadPort, Uploads } from '../file/upload';
import { UploadsContext } from '../file/useUploads';
import { Outbox } from '../message/outbox';
import { OutboxContext } from '../message/useOutbox';
import { inWorkspace } from '../workspace/workspaceFixture';
import { OutgoingRow } from './OutgoingRow';

/** Renders a message that the server rejected, with the delete dialog open. */
async function refused() {
  const outbox = new Outbox('mem_me', {
    send: () => Promise.reject({ code: 'FORBIDDEN', message: 'You are not in this channel.' }),
    pause: async () => {},
    isUploaded: () => true,
  });
  outbox.add({
    ...{ id: 'msg_1', channelId: 'chn_1', rootId: null },
    ...{ text: 'an hour of work', createdAt: '2026-01-01T00:00:00.000Z' },
  });
  await waitFor(() => expect(outbox.entries.get()[0]?.state).toBe('failed'));
  const uploads = new Uploads({} as UploadPort, 'wks_1');
  const [outgoing] = outbox.entries.get();
  if (!outgoing) throw new Error('the outbox is empty');
  render(
    <OutboxContext value={outbox}>
      <UploadsContext value={uploads}>
        <OutgoingRow outgoing={outgoing} head />
      </UploadsContext>
    </OutboxContext>,
    inWorkspace(),
  );
  fireEvent.click(screen.getByRole('button', { name: 'Delete' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Delete this message?' }));
  expect(dialog.getByText('an hour of work')).toBeDefined();
  return { outbox, dialog };
}

it('deletes the message after confirmation', async () => {
  const { outbox, dialog } = await refused();
  expect(outbox.entries.get()).toHaveLength(1);
  fireEvent.click(dialog.getByRole('button', { name: 'Delete' }));
  expect(outbox.entries.get()).toEqual([]);
});

it('keeps the message on cancel', async () => {
  const { outbox, dialog } = await refused();
  fireEvent.click(dialog.getByRole('button', { name: 'Cancel' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(outbox.entries.get()).toHaveLength(1);
});
