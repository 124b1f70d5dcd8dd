/** The emoji picker by keyboard. */
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { inWorkspace } from '../workspace/workspaceFixture';
import { EmojiGrid } from './EmojiGrid';

const party = {
  ...{ __typename: 'Emoji' as const, id: 'emj_1', name: 'party_key', creatorId: '' },
  ...{ url: '/party', stillUrl: '/still' },
};

let picked: string[];

beforeEach(() => {
  picked = [];
  const place = inWorkspace({ workspace: { emoji: [party] } });
  render(<EmojiGrid onPick={(emoji) => picked.push(emoji)} />, place);
});

const highlighted = () => document.querySelector('[data-highlighted]')?.getAttribute('aria-label');

it('focuses the search field, and Enter picks the best match', async () => {
  const user = userEvent.setup();
  expect(document.activeElement).toBe(screen.getByRole('combobox', { name: 'Search emoji' }));
  await user.keyboard('key');
  expect(highlighted()).toBe('key');
  await user.keyboard('{Enter}');
  expect(picked).toEqual(['🔑']);
});

it('moves in the grid with the arrow keys', async () => {
  const user = userEvent.setup();
  const labels = screen.getAllByRole('gridcell').map((cell) => cell.getAttribute('aria-label'));
  await user.keyboard('{ArrowDown}');
  expect(highlighted()).toBe(labels[0]);
  await user.keyboard('{ArrowRight}');
  expect(highlighted()).toBe(labels[1]);
  await user.keyboard('{ArrowDown}');
  expect(highlighted()).toBe(labels[10]);
  await user.keyboard('{Enter}');
  expect(picked).toHaveLength(1);
});

it('shows a category, and custom emoji in the first', async () => {
  const user = userEvent.setup();
  await user.click(screen.getByRole('gridcell', { name: ':party_key:' }));
  expect(picked).toEqual([':party_key:']);
  await user.click(screen.getByRole('button', { name: 'Flags' }));
  expect(screen.getByRole('gridcell', { name: 'chequered flag' })).toBeDefined();
  expect(screen.queryByRole('gridcell', { name: ':party_key:' })).toBeNull();
});

it('says that nothing was found', async () => {
  const user = userEvent.setup();
  expect(screen.queryByText('No emoji found.')).toBeNull();
  await user.keyboard('nothing like it');
  expect(screen.getByText('No emoji found.')).toBeDefined();
  await user.keyboard('{Enter}');
  expect(picked).toEqual([]);
});
