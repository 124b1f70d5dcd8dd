/** Signs out. Asks for confirmation when unsent messages would be lost. */
import { useApolloClient } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { failureOf } from '../../apollo/failure';
import { mutate } from '../../apollo/mutate';
import { type Action, useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { clearDeviceData, countUnsent } from './deviceData';

const SIGN_OUT = graphql(`
  mutation SignOut($input: SignOutInput!) {
    signOut(input: $input) {
      sessionId
    }
  }
`);

/** Ends this session, or all sessions of the account, and clears local data. */
export function useSignOut(): Action<[everywhere?: boolean], void> {
  const client = useApolloClient();
  const navigate = useNavigate();
  return useAction(async (everywhere = false) => {
    const unsent = countUnsent();
    if (unsent > 0 && !window.confirm(m.session_sign_out_unsent({ count: unsent }))) return;
    await mutate(client, SIGN_OUT, { everywhere }).catch((error) => {
      // The session had already ended.
      if (failureOf(error).code !== 'UNAUTHENTICATED') throw error;
    });
    await navigate({ to: '/sign-in' });
    // After navigating, because mounted pages still write drafts.
    clearDeviceData();
    await client.clearStore();
  });
}
