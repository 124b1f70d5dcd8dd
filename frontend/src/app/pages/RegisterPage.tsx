/** The registration form, also for the first account of a server. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { errorAt } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { passwordHint } from '../../features/account/passwordHint';
import { SERVER, useStartSession } from '../../features/account/viewer';
import { graphql } from '../../gql';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { EntryFrame } from '../EntryFrame';

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
  const client = useApolloClient();
  const server = data?.server;
  const closed = server && !server.needsFirstAccount && !server.registrationOpen && !inviteToken;

  const { run, isRunning, failure } = useAction(async (form: FormData) => {
    await mutate(client, REGISTER, {
      name: String(form.get('name')).trim(),
      email: String(form.get('email')).trim(),
      password: String(form.get('password')),
      inviteToken: inviteToken ?? null,
      transport: 'COOKIE',
    });
    // Registering through an invite implies accepting it. The account exists even if that fails.
    const joined = inviteToken
      ? await mutate(client, JOIN, { token: inviteToken, commandId: mintId('cmd') }).catch(
          () => null,
        )
      : null;
    await enter();
    onDone(joined?.acceptInvite.workspace.id);
  });

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    run(new FormData(event.currentTarget));
  }

  return (
    <EntryFrame
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
            error={errorAt(failure, 'name')}
          />
          <Field
            label="Email"
            name="email"
            type="email"
            autoComplete="username"
            required
            error={errorAt(failure, 'email')}
          />
          <Field
            label="Password"
            name="password"
            type="password"
            autoComplete="new-password"
            required
            hint={passwordHint}
            error={errorAt(failure, 'password')}
          />
          <FailureNotice failure={failure} fields={['name', 'email', 'password']} />
          <Button variant="primary" type="submit" disabled={isRunning}>
            {isRunning ? 'Creating…' : 'Create account'}
          </Button>
        </form>
      )}
    </EntryFrame>
  );
}
