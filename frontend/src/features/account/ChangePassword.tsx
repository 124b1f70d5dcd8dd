/** The form that changes the password. Ends all other sessions of the account. */
import { useApolloClient } from '@apollo/client/react';
import { mutate } from '../../apollo/mutate';
import { graphql } from '../../gql';
import { AccountForm, currentPassword } from './AccountForm';
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

const newPassword = {
  label: 'New password',
  name: 'newPassword',
  type: 'password',
  autoComplete: 'new-password',
  hint: passwordHint,
};

export function ChangePassword({ email }: { email: string }) {
  const client = useApolloClient();
  return (
    <AccountForm
      title="Change password"
      fields={[currentPassword, newPassword]}
      done="Password changed. Other devices have been signed out."
      change={({ currentPassword = '', newPassword = '' }) =>
        mutate(
          client,
          CHANGE_PASSWORD,
          { currentPassword, newPassword },
          { refetchQueries: ['Sessions'] },
        )
      }
    >
      {/* Lets password managers match the account. */}
      <input type="text" autoComplete="username" value={email} readOnly className="hidden" />
    </AccountForm>
  );
}
