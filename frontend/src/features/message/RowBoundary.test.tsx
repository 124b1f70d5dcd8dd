/** A list goes on around a row that cannot be drawn. */
import { cleanup, render } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { RowBoundary } from './RowBoundary';

afterEach(cleanup);

function Row({ text }: { text: string }) {
  if (text === 'two') throw new Error('cannot be drawn');
  return <p>{text}</p>;
}

it('shows the rows around one that fails', () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const { container } = render(
    <main>
      {['one', 'two', 'three'].map((text) => (
        <RowBoundary key={text}>
          <Row text={text} />
        </RowBoundary>
      ))}
    </main>,
  );
  const shown = [...container.querySelectorAll('p')].map((row) => row.textContent);
  expect(shown).toEqual(['one', "This message can't be shown.", 'three']);
});
