/** The form for a new password. The other sessions of the account end with it. */
import { useMutation } from '@apollo/client/react';
import { type FormEvent, useState } from 'react';
import { failureOf } from '../../apollo/failure';
import { graphql } from '../../gql';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { passwordHint } from './passwordHint';

const CHANGE_PASSWORD = graphql(`
  mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) {
      account {
        id
      }
    }
  }
`);

export function ChangePassword({ email }: { email: string }) {
  const [change, { loading, error }] = useMutation(CHANGE_PASSWORD, {
    refetchQueries: ['SignIns'],
  });
  const [done, setDone] = useState(false);
  const failure = error && failureOf(error);
  const errorAt = (field: string) => (failure?.field === field ? failure.message : undefined);
  const known = ['currentPassword', 'newPassword'].includes(failure?.field ?? '');

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const values = new FormData(form);
    const input = {
      currentPassword: String(values.get('currentPassword')),
      newPassword: String(values.get('newPassword')),
    };
    setDone(false);
    const { data } = await change({ variables: { input } }).catch(() => ({ data: undefined }));
    if (!data) return;
    form.reset();
    setDone(true);
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4" aria-label="Change password">
      {/* Password managers look for whose password it is. */}
      <input type="text" autoComplete="username" value={email} readOnly className="hidden" />
      <Field
        label="Current password"
        name="currentPassword"
        type="password"
        autoComplete="current-password"
        required
        error={errorAt('currentPassword')}
      />
      <Field
        label="New password"
        name="newPassword"
        type="password"
        autoComplete="new-password"
        required
        hint={passwordHint}
        error={errorAt('newPassword')}
      />
      {failure && !known && <Notice>{failure.message}</Notice>}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" disabled={loading}>
          {loading ? 'Changing…' : 'Change password'}
        </Button>
        <p role="status" className="text-[13px] text-soft">
          {done && 'Password changed. Other devices have been signed out.'}
        </p>
      </div>
    </form>
  );
}
