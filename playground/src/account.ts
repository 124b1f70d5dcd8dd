// Who the server says is asking, by this tab's token or else by the browser's cookie.
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';

import { bearer, token } from './token';
import { request, type Headers } from './wire';

const WHO = `query Who { server { needsFirstAccount } viewer { account { name email } } }`;
const SIGN_IN = `mutation SignIn($input: SignInInput!) { signIn(input: $input) { token } }`;
const SIGN_OUT = `mutation SignOut { signOut(input: {}) { signInId } }`;

export type Who =
  | { state: 'asking' }
  | { state: 'unreachable'; why: string }
  | { state: 'nobody'; needsFirstAccount: boolean }
  | { state: 'somebody'; name: string; email: string };

type WhoData = {
  server: { needsFirstAccount: boolean };
  viewer: { account: { name: string; email: string } } | null;
};

const authorization = (): Headers => {
  const current = token.get();
  return current ? { Authorization: bearer(current) } : {};
};

async function ask<T>(query: string, variables?: Record<string, unknown>): Promise<T> {
  const { data, errors } = await request({ query, variables }, authorization());
  if (errors?.[0]) throw new Error(errors[0].message);
  return data as T;
}

export function useAccount() {
  const current = useSyncExternalStore(token.subscribe, token.get);
  const [who, setWho] = useState<Who>({ state: 'asking' });
  const [turn, setTurn] = useState(0);
  const refresh = useCallback(() => setTurn((n) => n + 1), []);

  useEffect(() => {
    let stale = false;
    ask<WhoData>(WHO).then(
      ({ server, viewer }) => {
        if (stale) return;
        setWho(
          viewer
            ? { state: 'somebody', ...viewer.account }
            : { state: 'nobody', needsFirstAccount: server.needsFirstAccount },
        );
      },
      (reason: Error) => !stale && setWho({ state: 'unreachable', why: reason.message }),
    );
    return () => {
      stale = true;
    };
  }, [current, turn]);

  return { who, hasToken: current !== null, refresh };
}

export async function signIn(email: string, password: string): Promise<void> {
  const input = { email, password, carrier: 'TOKEN' };
  const data = await ask<{ signIn: { token: string } }>(SIGN_IN, { input });
  token.set(data.signIn.token);
}

/** Ends the sign-in at the server, of the token if there is one and else of the cookie. */
export async function signOut(): Promise<void> {
  await ask(SIGN_OUT);
  token.set(null);
}
