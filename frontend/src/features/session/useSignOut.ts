/** Signs out. Asks for confirmation when unsent messages would be lost. */
import { useApolloClient } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { type Failure, failureOf } from '../../apollo/failure';
import { graphql } from '../../gql';
import { clearDeviceData, countUnsent } from './deviceData';

const SIGN_OUT = graphql(`
  mutation SignOut($input: SignOutInput!) {
    signOut(input: $input) {
      sessionId
    }
  }
`);

/** Ends this session, or all sessions of the account, and clears local data. */
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
        ? "1 message hasn't been sent and will be lost. Sign out?"
        : `${unsent} messages haven't been sent and will be lost. Sign out?`;
    if (unsent > 0 && !window.confirm(question)) return;
    try {
      await client.mutate({ mutation: SIGN_OUT, variables: { input: { everywhere } } });
    } catch (error) {
      const failure = failureOf(error);
      // The session had already ended.
      if (failure.code !== 'UNAUTHENTICATED') return setFailure(failure);
    }
    await navigate({ to: '/sign-in' });
    // After navigating, because mounted pages still write drafts.
    clearDeviceData();
    await client.clearStore();
  }
  return { signOut, failure };
}
