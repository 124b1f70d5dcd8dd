/** Signing out: asks first where something would be lost, and leaves nothing behind. */
import { useApolloClient } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { type Failure, failureOf } from '../../apollo/failure';
import { graphql } from '../../gql';
import { countUnsent, forgetWriting } from './leftOnDevice';

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
    const unsent = countUnsent();
    const question =
      unsent === 1
        ? 'One message has not been sent yet and will be lost. Sign out?'
        : `${unsent} messages have not been sent yet and will be lost. Sign out?`;
    if (unsent > 0 && !window.confirm(question)) return;
    try {
      await client.mutate({ mutation: SIGN_OUT, variables: { input: { everywhere } } });
    } catch (error) {
      const failure = failureOf(error);
      // It had ended already.
      if (failure.code !== 'UNAUTHENTICATED') return setFailure(failure);
    }
    await navigate({ to: '/sign-in' });
    // After the pages are gone that write there.
    forgetWriting();
    await client.clearStore();
  }
  return { signOut, failure };
}
