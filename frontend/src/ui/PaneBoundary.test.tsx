/** A pane that fails to render shows an error without affecting other panes. */
import { act, fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import { PaneBoundary } from './PaneBoundary';

// React reports what a boundary has caught.
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
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

function Page({ rootId }: { rootId: string }) {
  return (
    <>
      <PaneBoundary message="The messages can't be shown.">
        <Sibling />
      </PaneBoundary>
      <PaneBoundary message="Dieser Thread kann nicht angezeigt werden." resetKey={rootId}>
        <Thread />
      </PaneBoundary>
    </>
  );
}

it('leaves other panes intact, and renders again on retry', () => {
  isBroken = true;
  render(<Page rootId="one" />);
  expect(screen.getByRole('alert').textContent).toBe('Dieser Thread kann nicht angezeigt werden.');
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
  const { rerender } = render(<Page rootId="one" />);
  screen.getByRole('alert');
  isBroken = false;
  act(() => rerender(<Page rootId="two" />));
  screen.getByText('The thread');
});
