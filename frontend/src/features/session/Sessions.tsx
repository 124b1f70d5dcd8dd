/** The sessions of the account, with a button to sign out each. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { failureOf } from '../../apollo/failure';
import { mutate } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import type { SessionsQuery } from '../../gql/graphql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { RichText } from '../../ui/RichText';
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
            {m.session_sessions_title()}
          </h2>
          <p className="text-[13px] text-faint">{m.session_sessions_hint()}</p>
        </div>
        <Button small variant="danger" onClick={() => setConfirming(true)}>
          {m.session_sessions_everywhere()}
        </Button>
      </div>
      <ConfirmDialog
        open={isConfirming}
        title={m.session_sessions_everywhere_question()}
        action={m.session_sessions_everywhere()}
        onConfirm={() => signOut.run(true)}
        onClose={() => setConfirming(false)}
      >
        {m.session_sessions_everywhere_consequence()}
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
          {current && (
            <span className="font-normal text-accent"> {m.session_sessions_current()}</span>
          )}
        </p>
        <p className="text-[13px] text-faint">
          <RichText
            message={m.session_sessions_times}
            inputs={{
              lastSeen: shortTime(lastSeenAt, today),
              signedIn: shortTime(createdAt, today),
            }}
            tags={{
              seen: (text) => <span title={fullTime(lastSeenAt)}>{text}</span>,
              created: (text) => <span title={fullTime(createdAt)}>{text}</span>,
            }}
          />
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
        {m.session_sessions_sign_out()}
      </Button>
      <ConfirmDialog
        open={isConfirming}
        title={m.session_sessions_sign_out_question({ device: deviceName(userAgent) })}
        action={m.session_sessions_sign_out()}
        onConfirm={revoke.run}
        onClose={() => setConfirming(false)}
      >
        {m.session_sessions_sign_out_consequence()}
      </ConfirmDialog>
    </li>
  );
}
