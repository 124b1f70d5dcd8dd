/** The form for another address to sign in with. */
import { useMutation } from '@apollo/client/react';
import { type FormEvent, useState } from 'react';
import { failureOf } from '../../apollo/failure';
import { graphql } from '../../gql';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';

const CHANGE_EMAIL = graphql(`
  mutation ChangeEmail($input: ChangeEmailInput!) {
    changeEmail(input: $input) {
      account {
        id
        email
      }
    }
  }
`);

export function ChangeEmail() {
  const [change, { loading, error }] = useMutation(CHANGE_EMAIL);
  const [done, setDone] = useState(false);
  const failure = error && failureOf(error);
  const errorAt = (field: string) => (failure?.field === field ? failure.message : undefined);
  const known = ['currentPassword', 'email'].includes(failure?.field ?? '');

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const values = new FormData(form);
    const input = {
      email: String(values.get('email')).trim(),
      currentPassword: String(values.get('currentPassword')),
    };
    setDone(false);
    const { data } = await change({ variables: { input } }).catch(() => ({ data: undefined }));
    if (!data) return;
    form.reset();
    setDone(true);
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4" aria-label="Change email">
      <Field
        label="New email"
        name="email"
        type="email"
        autoComplete="email"
        required
        error={errorAt('email')}
      />
      <Field
        label="Current password"
        name="currentPassword"
        type="password"
        autoComplete="current-password"
        required
        error={errorAt('currentPassword')}
      />
      {failure && !known && <Notice>{failure.message}</Notice>}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" disabled={loading}>
          {loading ? 'Changing…' : 'Change email'}
        </Button>
        <p role="status" className="text-[13px] text-soft">
          {done && 'Email changed.'}
        </p>
      </div>
    </form>
  );
}
