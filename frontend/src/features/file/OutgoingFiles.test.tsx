/** Choosing a file again after its upload was interrupted. */
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { inWorkspace } from '../workspace/workspaceFixture';
import { OutgoingFiles } from './OutgoingFiles';
import { type UploadMetadata, type UploadPort, Uploads } from './upload';
import { UploadsContext } from './useUploads';

const lost: UploadMetadata = {
  ...{ id: 'fil_1', name: 'notes.txt', type: 'text/plain', size: 2048 },
  ...{ isVoice: false, alt: '', width: null, height: null },
};

it('rejects a file of a different size', async () => {
  const refuse = () => Promise.reject({ code: 'NOT_FOUND', message: 'The upload was not found.' });
  const port = { complete: refuse, create: () => new Promise(() => {}) };
  const uploads = new Uploads(port as unknown as UploadPort, 'wks_1');
  uploads.restore(lost);
  render(
    <UploadsContext value={uploads}>
      <OutgoingFiles files={[lost]} onRemove={() => {}} />
    </UploadsContext>,
    inWorkspace(),
  );
  await screen.findByRole('button', { name: 'Choose again' });
  const choose = (size: number) =>
    fireEvent.change(screen.getByLabelText('Choose notes.txt again'), {
      target: { files: [new File(['x'.repeat(size)], 'notes.txt')] },
    });
  const message = 'This is a different file. Choose the file of 2.0 KiB.';
  choose(2000);
  expect(screen.getAllByRole('alert').map(({ textContent }) => textContent)).toContain(message);
  choose(2048);
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
});
