import { useApolloClient } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { type Failure, failureOf } from '../../apollo/failure';
import { graphql } from '../../gql';

const SIGN_OUT = graphql(`
  mutation SignOut($input: SignOutInput!) {
    signOut(input: $input) {
      signInId
    }
  }
`);

/** Ends this sign-in, or all of the account, and forgets what was loaded. */
export function useSignOut(): {
  signOut(everywhere?: boolean): Promise<void>;
  failure: Failure | null;
} {
  const client = useApolloClient();
  const navigate = useNavigate();
  const [failure, setFailure] = useState<Failure | null>(null);
  async function signOut(everywhere = false) {
    try {
      await client.mutate({ mutation: SIGN_OUT, variables: { input: { everywhere } } });
    } catch (error) {
      const failure = failureOf(error);
      // It had ended already.
      if (failure.code !== 'UNAUTHENTICATED') return setFailure(failure);
    }
    await navigate({ to: '/sign-in' });
    await client.clearStore();
  }
  return { signOut, failure };
}
