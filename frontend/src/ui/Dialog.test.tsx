/** A dialog that fails to render can be closed, and leaves the page usable. */
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { type ReactNode, useState } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Dialog } from './Dialog';
import { MountOnOpen } from './MountOnOpen';

// React reports what a boundary has caught.
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(cleanup);

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

function BrokenDialog({ open, onClose }: DialogProps) {
  return (
    <MountOnOpen open={open} onClose={onClose}>
      <Broken />
    </MountOnOpen>
  );
}

/** A page that counts how often its dialog was opened. */
function Page({ Shown }: { Shown: typeof BrokenContent }) {
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
