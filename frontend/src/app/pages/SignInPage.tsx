/** The sign-in page, also used when accepting an invite. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { ActionForm, type Values } from '../../apollo/ActionForm';
import { mutate } from '../../apollo/mutate';
import { SERVER, useStartSession } from '../../features/account/viewer';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { EntryFrame, EntryLink, emailField, passwordField } from '../EntryFrame';

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
  const client = useApolloClient();
  const canRegister =
    data?.server.needsFirstAccount || data?.server.registrationOpen || inviteToken !== undefined;

  async function signIn({ email = '', password = '' }: Values) {
    await mutate(client, SIGN_IN, { email: email.trim(), password, transport: 'COOKIE' });
    await enter();
    onDone();
  }

  return (
    <EntryFrame
      title={m.page_sign_in_title()}
      foot={
        canRegister && (
          <EntryLink to="/register" inviteToken={inviteToken} message={m.page_sign_in_register} />
        )
      }
    >
      <ActionForm
        fields={[{ ...emailField(), autoFocus: true }, passwordField('current-password')]}
        work={signIn}
        buttons={({ isRunning }) => (
          <Button variant="primary" type="submit" disabled={isRunning}>
            {isRunning ? m.page_sign_in_signing_in() : m.page_sign_in_title()}
          </Button>
        )}
      />
    </EntryFrame>
  );
}
