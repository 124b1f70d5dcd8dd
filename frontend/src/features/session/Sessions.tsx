/** The sessions of the account, with a button to sign out each. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { failureOf } from '../../apollo/failure';
import { mutate } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import type { SessionsQuery } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { Spinner } from '../../ui/Spinner';
import { fullTime, shortTime } from '../../ui/time';
import { useToday } from '../../ui/useToday';
import { deviceName } from './deviceName';
import { useSignOut } from './useSignOut';

const SESSIONS = graphql(`
  query Sessions {
    viewer {
      sessions {
        id
        createdAt
        lastSeenAt
        userAgent
        current
      }
    }
  }
`);

const REVOKE_SESSION = graphql(`
  mutation RevokeSession($input: RevokeSessionInput!) {
    revokeSession(input: $input) {
      sessionId
    }
  }
`);

type Session = NonNullable<SessionsQuery['viewer']>['sessions'][number];

export function Sessions() {
  const { data, error } = useQuery(SESSIONS, { fetchPolicy: 'cache-and-network' });
  const signOut = useSignOut();
  const [isConfirming, setConfirming] = useState(false);
  const sessions = data?.viewer?.sessions;
  return (
    <section aria-labelledby="sessions" className="mt-7">
      <div className="flex flex-wrap items-end justify-between gap-x-3 gap-y-2">
        <div>
          <h2 id="sessions" className="font-semibold">
            Sessions
          </h2>
          <p className="text-[13px] text-faint">Sign out devices you don't recognise.</p>
        </div>
        <Button small variant="danger" onClick={() => setConfirming(true)}>
          Sign out everywhere
        </Button>
      </div>
      <ConfirmDialog
        open={isConfirming}
        title="Sign out everywhere?"
        action="Sign out everywhere"
        onConfirm={() => signOut.run(true)}
        onClose={() => setConfirming(false)}
      >
        This signs out all devices, including this one.
      </ConfirmDialog>
      <FailureNotice failure={error && failureOf(error)} />
      <FailureNotice failure={signOut.failure} />
      {!sessions && !error && <Spinner />}
      <ul className="mt-2 divide-y divide-line rounded-2xl border border-line bg-raised px-4">
        {sessions?.map((session) => (
          <SessionRow key={session.id} session={session} onSignOut={() => signOut.run()} />
        ))}
      </ul>
    </section>
  );
}

function SessionRow({ session, onSignOut }: { session: Session; onSignOut(): void }) {
  const today = useToday();
  const { id, userAgent, createdAt, lastSeenAt, current } = session;
  const [isConfirming, setConfirming] = useState(false);
  const client = useApolloClient();
  const revoke = useAction(() => {
    const options = { refetchQueries: [SESSIONS], awaitRefetchQueries: true };
    return mutate(client, REVOKE_SESSION, { sessionId: id }, options);
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
        <FailureNotice failure={revoke.failure} />
      </div>
      <Button
        small
        disabled={revoke.isRunning}
        onClick={() => {
          if (current) onSignOut();
          else setConfirming(true);
        }}
      >
        Sign out
      </Button>
      <ConfirmDialog
        open={isConfirming}
        title={`Sign out ${deviceName(userAgent)}?`}
        action="Sign out"
        onConfirm={revoke.run}
        onClose={() => setConfirming(false)}
      >
        You'll need to sign in again on that device.
      </ConfirmDialog>
    </li>
  );
}
