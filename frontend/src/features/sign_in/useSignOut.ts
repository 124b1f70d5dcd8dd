import { useApolloClient } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { graphql } from '../../gql';

const SIGN_OUT = graphql(`
  mutation SignOut($input: SignOutInput!) {
    signOut(input: $input) {
      signInId
    }
  }
`);

/** Ends this sign-in, or all of the account, and forgets what was loaded. */
export function useSignOut(): (everywhere?: boolean) => Promise<void> {
  const client = useApolloClient();
  const navigate = useNavigate();
  return async (everywhere = false) => {
    await client.mutate({ mutation: SIGN_OUT, variables: { input: { everywhere } } });
    await navigate({ to: '/sign-in' });
    await client.clearStore();
  };
}
