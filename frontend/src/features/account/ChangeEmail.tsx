/** The form that changes the account's email. */
import { useApolloClient } from '@apollo/client/react';
import { mutate } from '../../apollo/mutate';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { AccountForm, currentPasswordField } from './AccountForm';

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
  const client = useApolloClient();
  const newEmail = {
    label: m.account_change_email_new_email(),
    name: 'email',
    type: 'email',
    autoComplete: 'email',
    required: true,
  };
  return (
    <AccountForm
      title={m.account_change_email_title()}
      fields={[newEmail, currentPasswordField()]}
      done={m.account_change_email_done()}
      change={({ email = '', currentPassword = '' }) =>
        mutate(client, CHANGE_EMAIL, { email: email.trim(), currentPassword })
      }
    />
  );
}
