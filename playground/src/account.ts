// The account of this tab's token, or else of the browser's cookie, according to the server.
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';

import { bearer, token } from './token';
import { request, type Headers } from './wire';

const SESSION = `query Session { server { needsFirstAccount } viewer { account { name email } } }`;
const SIGN_IN = `mutation SignIn($input: SignInInput!) { signIn(input: $input) { token } }`;
const SIGN_OUT = `mutation SignOut { signOut(input: {}) { sessionId } }`;

export type Session =
  | { state: 'loading' }
  | { state: 'unreachable'; reason: string }
  | { state: 'signedOut'; needsFirstAccount: boolean }
  | { state: 'signedIn'; name: string; email: string };

type SessionData = {
  server: { needsFirstAccount: boolean };
  viewer: { account: { name: string; email: string } } | null;
};

const authorization = (): Headers => {
  const current = token.get();
  return current ? { Authorization: bearer(current) } : {};
};

async function execute<T>(query: string, variables?: Record<string, unknown>): Promise<T> {
  const { data, errors } = await request({ query, variables }, authorization());
  if (errors?.[0]) throw new Error(errors[0].message);
  return data as T;
}

export function useAccount() {
  const current = useSyncExternalStore(token.subscribe, token.get);
  const [session, setSession] = useState<Session>({ state: 'loading' });
  const [refreshCount, setRefreshCount] = useState(0);
  const refresh = useCallback(() => setRefreshCount((n) => n + 1), []);

  useEffect(() => {
    let isStale = false;
    execute<SessionData>(SESSION).then(
      ({ server, viewer }) => {
        if (isStale) return;
        setSession(
          viewer
            ? { state: 'signedIn', ...viewer.account }
            : { state: 'signedOut', needsFirstAccount: server.needsFirstAccount },
        );
      },
      (error: Error) => !isStale && setSession({ state: 'unreachable', reason: error.message }),
    );
    return () => {
      isStale = true;
    };
  }, [current, refreshCount]);

  return { session, hasToken: current !== null, refresh };
}

export async function signIn(email: string, password: string): Promise<void> {
  const input = { email, password, transport: 'TOKEN' };
  const data = await execute<{ signIn: { token: string } }>(SIGN_IN, { input });
  token.set(data.signIn.token);
}

/** Ends the session of the token, or else of the cookie. */
export async function signOut(): Promise<void> {
  await execute(SIGN_OUT);
  token.set(null);
}
