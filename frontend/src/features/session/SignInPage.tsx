/** The sign-in page, also used when accepting an invite. */
import { useMutation, useQuery } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { failureOf } from '../../apollo/failure';
import { graphql } from '../../gql';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { EntryPage } from '../account/EntryPage';
import { SERVER, useStartSession } from '../account/viewer';

const SIGN_IN = graphql(`
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) {
      account {
        id
      }
    }
  }
`);

interface Props {
  inviteToken?: string | undefined;
  onDone(): void;
}

export function SignInPage({ inviteToken, onDone }: Props) {
  const { data } = useQuery(SERVER);
  const enter = useStartSession();
  const [signIn, { loading, error }] = useMutation(SIGN_IN);
  const failure = error && failureOf(error);
  const canRegister =
    data?.server.needsFirstAccount || data?.server.registrationOpen || inviteToken !== undefined;

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const { error } = await signIn({
      variables: {
        input: {
          email: String(form.get('email')).trim(),
          password: String(form.get('password')),
          transport: 'COOKIE',
        },
      },
    }).catch((error: unknown) => ({ error }));
    if (error) return;
    await enter();
    onDone();
  }

  return (
    <EntryPage
      title="Sign in"
      foot={
        canRegister && (
          <>
            New here?{' '}
            <Link
              to="/register"
              search={inviteToken ? { invite: inviteToken } : {}}
              className="font-medium text-accent hover:underline"
            >
              Create an account
            </Link>
          </>
        )
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label="Email" name="email" type="email" autoComplete="username" autoFocus required />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        {failure && <Notice>{failure.message}</Notice>}
        <Button variant="primary" type="submit" disabled={loading}>
          {loading ? 'Signing in…' : 'Sign in'}
        </Button>
      </form>
    </EntryPage>
  );
}
