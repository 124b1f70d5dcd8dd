/** The registration form, also for the first account of a server. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { errorAt } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { SERVER, useStartSession } from '../../features/account/viewer';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { RichText } from '../../ui/RichText';
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
      title={server?.needsFirstAccount ? m.page_register_first_title() : m.page_register_title()}
      lead={
        server?.needsFirstAccount
          ? m.page_register_first_lead()
          : closed
            ? m.page_register_closed()
            : undefined
      }
      foot={
        <RichText
          message={m.page_register_sign_in}
          inputs={{}}
          tags={{
            link: (text) => (
              <Link
                to="/sign-in"
                search={inviteToken ? { invite: inviteToken } : {}}
                className="font-medium text-accent hover:underline"
              >
                {text}
              </Link>
            ),
          }}
        />
      }
    >
      {!closed && (
        <form onSubmit={submit} className="flex flex-col gap-4">
          <Field
            label={m.page_register_your_name()}
            name="name"
            autoComplete="name"
            autoFocus
            required
            error={errorAt(failure, 'name')}
          />
          <Field
            label={m.page_register_email()}
            name="email"
            type="email"
            autoComplete="username"
            required
            error={errorAt(failure, 'email')}
          />
          <Field
            label={m.page_register_password()}
            name="password"
            type="password"
            autoComplete="new-password"
            required
            hint={m.account_password_hint()}
            error={errorAt(failure, 'password')}
          />
          <FailureNotice failure={failure} fields={['name', 'email', 'password']} />
          <Button variant="primary" type="submit" disabled={isRunning}>
            {isRunning ? m.page_register_creating() : m.page_register_submit()}
          </Button>
        </form>
      )}
    </EntryFrame>
  );
}
