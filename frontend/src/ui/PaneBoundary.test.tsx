/** A pane that fails to render shows an error without affecting other panes. */
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PaneBoundary } from './PaneBoundary';

// React reports what a boundary has caught.
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

let isBroken = false;

function Thread() {
  if (isBroken) throw new Error('failed to render');
  return <p>The thread</p>;
}

function Sibling() {
  const [count, setCount] = useState(0);
  return (
    <button type="button" onClick={() => setCount(count + 1)}>
      Pressed {count}
    </button>
  );
}

function Page({ threadId }: { threadId: string }) {
  return (
    <>
      <PaneBoundary name="The messages">
        <Sibling />
      </PaneBoundary>
      <PaneBoundary name="This thread" resetKey={threadId}>
        <Thread />
      </PaneBoundary>
    </>
  );
}

it('leaves other panes intact, and renders again on retry', () => {
  isBroken = true;
  render(<Page threadId="one" />);
  expect(screen.getByRole('alert').textContent).toBe("This thread can't be shown.");
  fireEvent.click(screen.getByText('Pressed 0'));
  screen.getByText('Pressed 1');

  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  screen.getByRole('alert');
  isBroken = false;
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  screen.getByText('The thread');
  expect(screen.queryByRole('alert')).toBeNull();
  // The other pane was not remounted.
  screen.getByText('Pressed 1');
});

it('renders again when the reset key changes', () => {
  isBroken = true;
  const { rerender } = render(<Page threadId="one" />);
  screen.getByRole('alert');
  isBroken = false;
  act(() => rerender(<Page threadId="two" />));
  screen.getByText('The thread');
});
