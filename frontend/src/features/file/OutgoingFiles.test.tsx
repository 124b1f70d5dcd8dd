/** A file that was lost with its page is chosen again. */
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { type OpenWorkspace, WorkspaceContext } from '../workspace/workspaceContext';
import { OutgoingFiles } from './OutgoingFiles';
import { type Offered, type UploadPort, Uploads } from './upload';

afterEach(cleanup);

const lost: Offered = {
  ...{ id: 'fil_1', name: 'notes.txt', type: 'text/plain', size: 2048 },
  ...{ isVoice: false, alt: '', width: null, height: null },
};

it('says when it is another file', async () => {
  const refuse = () => Promise.reject({ code: 'NOT_FOUND', message: 'There is no such upload.' });
  const port = { complete: refuse, create: () => new Promise(() => {}) };
  const uploads = new Uploads(port as unknown as UploadPort);
  uploads.restore(lost);
  render(
    <WorkspaceContext value={{ id: 'wks_1', me: { id: 'mem_1' }, uploads } as OpenWorkspace}>
      <OutgoingFiles files={[lost]} onRemove={() => {}} />
    </WorkspaceContext>,
  );
  await screen.findByRole('button', { name: 'Choose again' });
  const choose = (size: number) =>
    fireEvent.change(screen.getByLabelText('Choose notes.txt again'), {
      target: { files: [new File(['x'.repeat(size)], 'notes.txt')] },
    });
  const said = 'This is another file: the one that was lost has 2.0 KiB.';
  choose(2000);
  expect(screen.getAllByRole('alert').map(({ textContent }) => textContent)).toContain(said);
  choose(2048);
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
});
