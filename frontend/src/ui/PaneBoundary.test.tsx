/** A pane that cannot be drawn says so by itself: what stands beside it goes on. */
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
  if (isBroken) throw new Error('a thread that cannot be drawn');
  return <p>The thread</p>;
}

function Beside() {
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
        <Beside />
      </PaneBoundary>
      <PaneBoundary name="This thread" resetKey={threadId}>
        <Thread />
      </PaneBoundary>
    </>
  );
}

it('fails alone, and is drawn again when asked to', () => {
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
  // What stood beside it was not drawn anew.
  screen.getByText('Pressed 1');
});

it('is drawn again when it is about something else', () => {
  isBroken = true;
  const { rerender } = render(<Page threadId="one" />);
  screen.getByRole('alert');
  isBroken = false;
  act(() => rerender(<Page threadId="two" />));
  screen.getByText('The thread');
});
