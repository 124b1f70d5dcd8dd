/** The form that changes the account's email. */
import { useApolloClient } from '@apollo/client/react';
import { mutate } from '../../apollo/mutate';
import { graphql } from '../../gql';
import { AccountForm, currentPassword } from './AccountForm';

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

const newEmail = { label: 'New email', name: 'email', type: 'email', autoComplete: 'email' };

export function ChangeEmail() {
  const client = useApolloClient();
  return (
    <AccountForm
      title="Change email"
      fields={[newEmail, currentPassword]}
      done="Email changed."
      change={({ email = '', currentPassword = '' }) =>
        mutate(client, CHANGE_EMAIL, { email: email.trim(), currentPassword })
      }
    />
  );
}
