/** Where the account is signed in, and the way to end each. */
import { useMutation, useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { failureOf } from '../../apollo/failure';
import { graphql } from '../../gql';
import type { SignInsQuery } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { Notice } from '../../ui/Notice';
import { Spinner } from '../../ui/Spinner';
import { fullTime, shortTime } from '../../ui/time';
import { useToday } from '../../ui/useToday';
import { deviceName } from './deviceName';
import { useSignOut } from './useSignOut';

const SIGN_INS = graphql(`
  query SignIns {
    viewer {
      signIns {
        id
        createdAt
        lastSeenAt
        userAgent
        current
      }
    }
  }
`);

const REVOKE_SIGN_IN = graphql(`
  mutation RevokeSignIn($input: RevokeSignInInput!) {
    revokeSignIn(input: $input) {
      signInId
    }
  }
`);

type SignIn = NonNullable<SignInsQuery['viewer']>['signIns'][number];

export function SignIns() {
  const { data, error } = useQuery(SIGN_INS, { fetchPolicy: 'cache-and-network' });
  const { signOut, failure } = useSignOut();
  const [asks, setAsks] = useState(false);
  const signIns = data?.viewer?.signIns;
  return (
    <section aria-labelledby="sign-ins" className="mt-7">
      <div className="flex flex-wrap items-end justify-between gap-x-3 gap-y-2">
        <div>
          <h2 id="sign-ins" className="font-semibold">
            Where you are signed in
          </h2>
          <p className="text-[13px] text-faint">Sign out devices you don’t recognise.</p>
        </div>
        <Button small look="danger" onClick={() => setAsks(true)}>
          Sign out everywhere
        </Button>
      </div>
      <ConfirmDialog
        open={asks}
        title="Sign out everywhere?"
        action="Sign out everywhere"
        onConfirm={() => signOut(true)}
        onClose={() => setAsks(false)}
      >
        All devices are signed out, this one among them.
      </ConfirmDialog>
      {error && <Notice>{failureOf(error).message}</Notice>}
      {failure && <Notice>{failure.message}</Notice>}
      {!signIns && !error && <Spinner />}
      <ul className="mt-2 divide-y divide-line rounded-2xl border border-line bg-raised px-4">
        {signIns?.map((signIn) => (
          <SignInLine key={signIn.id} signIn={signIn} onSignOut={() => signOut()} />
        ))}
      </ul>
    </section>
  );
}

function SignInLine({ signIn, onSignOut }: { signIn: SignIn; onSignOut(): void }) {
  const today = useToday();
  const { id, userAgent, createdAt, lastSeenAt, current } = signIn;
  const [asks, setAsks] = useState(false);
  const [revoke, { loading, error }] = useMutation(REVOKE_SIGN_IN, {
    refetchQueries: [SIGN_INS],
    awaitRefetchQueries: true,
  });
  return (
    <li className="flex items-center gap-3 py-3">
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium" title={userAgent}>
          {deviceName(userAgent)}
          {current && <span className="font-normal text-accent"> · this device</span>}
        </p>
        <p className="text-[13px] text-faint">
          Last seen <span title={fullTime(lastSeenAt)}>{shortTime(lastSeenAt, today)}</span> ·
          signed in <span title={fullTime(createdAt)}>{shortTime(createdAt, today)}</span>
        </p>
        {error && <Notice>{failureOf(error).message}</Notice>}
      </div>
      <Button
        small
        disabled={loading}
        onClick={() => {
          if (current) onSignOut();
          else setAsks(true);
        }}
      >
        Sign out
      </Button>
      <ConfirmDialog
        open={asks}
        title={`Sign out ${deviceName(userAgent)}?`}
        action="Sign out"
        onConfirm={() => revoke({ variables: { input: { signInId: id } } }).catch(() => {})}
        onClose={() => setAsks(false)}
      >
        Whoever uses that device has to sign in again.
      </ConfirmDialog>
    </li>
  );
}
