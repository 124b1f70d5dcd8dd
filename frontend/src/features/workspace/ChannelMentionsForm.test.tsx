/** A setting that saves itself says what became of it. */
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { ChannelMentionsForm } from './ChannelMentionsForm';

afterEach(cleanup);

const admins = () => screen.getByLabelText<HTMLInputElement>('Only owners and admins');

it('shows at once what was chosen, and says that it is saved', async () => {
  const asked: string[] = [];
  const onSave = async (who: string) => {
    asked.push(who);
    return null;
  };
  const { rerender } = render(<ChannelMentionsForm who="EVERYONE" onSave={onSave} />);
  fireEvent.click(admins());
  expect(admins().checked).toBe(true);
  rerender(<ChannelMentionsForm who="ADMINS" onSave={onSave} />);
  expect((await screen.findByText('Saved.')).getAttribute('role')).toBe('status');
  expect(asked).toEqual(['ADMINS']);
  expect(admins().checked).toBe(true);
});

it('says why it is not saved, and shows what is', async () => {
  render(<ChannelMentionsForm who="EVERYONE" onSave={async () => 'The server is away.'} />);
  fireEvent.click(admins());
  expect((await screen.findByRole('alert')).textContent).toBe('Not saved. The server is away.');
  expect(admins().checked).toBe(false);
  expect(screen.getByRole('status').textContent).toBe('');
});
