/** A dialog that fails to render can be closed, and leaves the page usable. */
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import { type ComponentType, type ReactNode, useState } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import { Dialog } from './Dialog';
import { lazyDialog } from './lazyDialog';

// React reports what a boundary has caught.
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
function Broken(): ReactNode {
  throw new Error('failed to render');
}

interface DialogProps {
  open: boolean;
  onClose(): void;
}

function BrokenContent({ open, onClose }: DialogProps) {
  return (
    <Dialog open={open} onClose={onClose} title="Add people">
      <Broken />
    </Dialog>
  );
}

const BrokenDialog = lazyDialog<DialogProps>(async () => Broken);

/** A page that counts how often its dialog was opened. */
function Page({ Shown }: { Shown: ComponentType<DialogProps> }) {
  const [opened, setOpened] = useState(0);
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        onClick={() => {
          setOpened(opened + 1);
          setOpen(true);
        }}
      >
        Opened {opened}
      </button>
      <Shown open={open} onClose={() => setOpen(false)} />
    </>
  );
}

it.each([
  { fails: 'its content', Shown: BrokenContent, title: 'Add people' },
  { fails: 'the whole dialog', Shown: BrokenDialog, title: "This dialog can't be shown" },
])('closes and opens again when $fails fails', async ({ Shown, title }) => {
  render(<Page Shown={Shown} />);
  for (const times of [0, 1]) {
    fireEvent.click(screen.getByText(`Opened ${times}`));
    await screen.findByRole('dialog', { name: title });
    screen.getByRole('button', { name: 'Try again' });
    fireEvent.click(screen.getByRole('button', { name: 'Close' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  }
  screen.getByText('Opened 2');
});

it('downloads a dialog again after its download failed, on retry and when it is opened again', async () => {
  let downloads = 0;
  const Downloaded = lazyDialog<DialogProps>(async () => {
    if (downloads++ < 2) throw new TypeError('Failed to fetch');
    return ({ open, onClose }) => (
      <Dialog open={open} onClose={onClose} title="Add people">
        <p>Whom?</p>
      </Dialog>
    );
  });
  render(<Page Shown={Downloaded} />);
  fireEvent.click(screen.getByText('Opened 0'));
  await screen.findByRole('dialog', { name: "This dialog can't be shown" });
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(downloads).toBe(2));
  await screen.findByRole('dialog', { name: "This dialog can't be shown" });
  fireEvent.click(screen.getByRole('button', { name: 'Close' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  fireEvent.click(screen.getByText('Opened 1'));
  await screen.findByText('Whom?');
  expect(downloads).toBe(3);
});
