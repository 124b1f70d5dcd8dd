/** The registration form, also for the first account of a server. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { ActionForm, type Values } from '../../apollo/ActionForm';
import { command, mutate } from '../../apollo/mutate';
import { SERVER, useStartSession } from '../../features/account/viewer';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { EntryFrame, EntryLink, emailField, passwordField } from '../EntryFrame';

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

  async function register({ name = '', email = '', password = '' }: Values) {
    await mutate(client, REGISTER, {
      name: name.trim(),
      email: email.trim(),
      password,
      inviteToken: inviteToken ?? null,
      transport: 'COOKIE',
    });
    // Registering through an invite implies accepting it. The account exists even if that fails.
    const joined = inviteToken
      ? await command(client, JOIN, { token: inviteToken }).catch(() => null)
      : null;
    await enter();
    onDone(joined?.acceptInvite.workspace.id);
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
      foot={<EntryLink to="/sign-in" inviteToken={inviteToken} message={m.page_register_sign_in} />}
    >
      {!closed && (
        <ActionForm
          fields={[
            {
              label: m.page_register_your_name(),
              name: 'name',
              autoComplete: 'name',
              autoFocus: true,
              required: true,
            },
            emailField(),
            { ...passwordField('new-password'), hint: m.account_password_hint() },
          ]}
          work={register}
          buttons={({ isRunning }) => (
            <Button variant="primary" type="submit" disabled={isRunning}>
              {isRunning ? m.page_register_creating() : m.page_register_submit()}
            </Button>
          )}
        />
      )}
    </EntryFrame>
  );
}
