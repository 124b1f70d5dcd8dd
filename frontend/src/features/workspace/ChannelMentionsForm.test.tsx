/** An auto-saving setting reports the result. */
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { fireEvent, render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { ChannelMentionsForm } from './ChannelMentionsForm';

const admins = () => screen.getByLabelText<HTMLInputElement>('Owners and admins only');

it('shows the choice immediately and confirms saving', async () => {
  const asked: string[] = [];
  const onSave = async (who: string) => {
    asked.push(who);
  };
  const { rerender } = render(<ChannelMentionsForm who="EVERYONE" onSave={onSave} />);
  fireEvent.click(admins());
  expect(admins().checked).toBe(true);
  rerender(<ChannelMentionsForm who="ADMINS" onSave={onSave} />);
  expect((await screen.findByText('Saved.')).getAttribute('role')).toBe('status');
  expect(asked).toEqual(['ADMINS']);
  expect(admins().checked).toBe(true);
});

it('shows the error and reverts the choice', async () => {
  const away = { message: 'The server is unavailable.', extensions: { code: 'UNAVAILABLE' } };
  const onSave = () => Promise.reject(new CombinedGraphQLErrors({ errors: [away] }));
  render(<ChannelMentionsForm who="EVERYONE" onSave={onSave} />);
  fireEvent.click(admins());
  expect((await screen.findByRole('alert')).textContent).toBe('The server is unavailable.');
  expect(admins().checked).toBe(false);
  expect(screen.getByRole('status').textContent).toBe('');
});
