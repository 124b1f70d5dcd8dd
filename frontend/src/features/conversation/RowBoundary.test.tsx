/** A row that fails to render does not affect other rows. */
import { render } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { RowBoundary } from './RowBoundary';

function Row({ text }: { text: string }) {
  if (text === 'two') throw new Error('failed to render');
  return <p>{text}</p>;
}

it('renders the other rows', () => {
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
