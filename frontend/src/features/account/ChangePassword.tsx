/** The form that changes the password. Ends all other sessions of the account. */
import { useApolloClient } from '@apollo/client/react';
import { mutate } from '../../apollo/mutate';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { AccountForm, currentPasswordField } from './AccountForm';

const CHANGE_PASSWORD = graphql(`
  mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) {
      account {
        id
      }
    }
  }
`);

export function ChangePassword({ email }: { email: string }) {
  const client = useApolloClient();
  const newPasswordField = {
    label: m.account_change_password_new_password(),
    name: 'newPassword',
    type: 'password',
    autoComplete: 'new-password',
    hint: m.account_password_hint(),
    required: true,
  };
  return (
    <AccountForm
      title={m.account_change_password_title()}
      fields={[currentPasswordField(), newPasswordField]}
      done={m.account_change_password_done()}
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
