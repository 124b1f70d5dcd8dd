/** The registration form, also for the first account of a server. */
import { useMutation, useQuery } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { failureOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { EntryPage } from './EntryPage';
import { passwordHint } from './passwordHint';
import { SERVER, useStartSession } from './viewer';

const REGISTER = graphql(`
  mutation Register($input: RegisterInput!) {
    register(input: $input) {
      account {
        id
      }
    }
  }
`);

const JOIN = graphql(`
  mutation Join($input: AcceptInviteInput!) {
    acceptInvite(input: $input) {
      workspace {
        id
      }
    }
  }
`);

interface Props {
  inviteToken?: string | undefined;
  /** Receives the joined workspace. Undefined without an invite, or when joining failed. */
  onDone(workspaceId?: string): void;
}

export function RegisterPage({ inviteToken, onDone }: Props) {
  const { data } = useQuery(SERVER);
  const enter = useStartSession();
  const [register, { loading, error }] = useMutation(REGISTER);
  const [join] = useMutation(JOIN);
  const failure = error && failureOf(error);
  const server = data?.server;
  const closed = server && !server.needsFirstAccount && !server.registrationOpen && !inviteToken;

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const { error } = await register({
      variables: {
        input: {
          name: String(form.get('name')).trim(),
          email: String(form.get('email')).trim(),
          password: String(form.get('password')),
          inviteToken: inviteToken ?? null,
          transport: 'COOKIE',
        },
      },
    }).catch((error: unknown) => ({ error }));
    if (error) return;
    // Registering through an invite implies accepting it.
    const joined = inviteToken
      ? await join({
          variables: { input: { token: inviteToken, commandId: mintId('cmd') } },
        }).catch(() => undefined)
      : undefined;
    await enter();
    onDone(joined?.data?.acceptInvite.workspace.id);
  }

  const errorAt = (field: string) => (failure?.field === field ? failure.message : undefined);
  const known = ['name', 'email', 'password'].includes(failure?.field ?? '');

  return (
    <EntryPage
      title={server?.needsFirstAccount ? 'Set up this server' : 'Create your account'}
      lead={
        server?.needsFirstAccount
          ? 'The first account becomes the server admin.'
          : closed
            ? 'Registration is by invitation only. Open the invite link you received.'
            : undefined
      }
      foot={
        <>
          Already have an account?{' '}
          <Link
            to="/sign-in"
            search={inviteToken ? { invite: inviteToken } : {}}
            className="font-medium text-accent hover:underline"
          >
            Sign in
          </Link>
        </>
      }
    >
      {!closed && (
        <form onSubmit={submit} className="flex flex-col gap-4">
          <Field
            label="Your name"
            name="name"
            autoComplete="name"
            autoFocus
            required
            error={errorAt('name')}
          />
          <Field
            label="Email"
            name="email"
            type="email"
            autoComplete="username"
            required
            error={errorAt('email')}
          />
          <Field
            label="Password"
            name="password"
            type="password"
            autoComplete="new-password"
            required
            hint={passwordHint}
            error={errorAt('password')}
          />
          {failure && !known && <Notice>{failure.message}</Notice>}
          <Button variant="primary" type="submit" disabled={loading}>
            {loading ? 'Creating…' : 'Create account'}
          </Button>
        </form>
      )}
    </EntryPage>
  );
}
