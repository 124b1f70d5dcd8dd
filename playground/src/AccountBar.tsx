// The bar above GraphiQL: shows the signed-in account and signs in and out.
import { useId, useState, type FormEvent } from 'react';

import { signIn, signOut, type Session } from './account';
import { token } from './token';

type Props = { session: Session; hasToken: boolean; refresh(): void };

export function AccountBar({ session, hasToken, refresh }: Props) {
  const [isSigningIn, setIsSigningIn] = useState(false);
  const [error, setError] = useState<string | null>(null);

  const handleSignOut = () =>
    signOut().then(refresh, (error: Error) => {
      setError(error.message);
      refresh();
    });

  return (
    <header className="bar">
      <a className="bar-home" href="/">
        <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width="20" height="20" /> Confab
      </a>
      <p className="bar-account" aria-live="polite">
        <SessionStatus session={session} hasToken={hasToken} />
        {error && <span className="bar-error"> {error}</span>}
      </p>
      {isSigningIn ? (
        <SignInForm onDone={() => setIsSigningIn(false)} />
      ) : (
        <div className="bar-actions">
          {session.state === 'unreachable' && <button onClick={refresh}>Try again</button>}
          {session.state === 'signedIn' && <button onClick={handleSignOut}>Sign out</button>}
          {hasToken && (
            <button onClick={() => token.set(null)} title="Stop sending the token. It remains valid.">
              Forget token
            </button>
          )}
          {!hasToken && session.state !== 'unreachable' && (
            <button
              className={session.state === 'signedOut' ? 'primary' : undefined}
              onClick={() => {
                setError(null);
                setIsSigningIn(true);
              }}
            >
              {session.state === 'signedIn' ? 'Use a token' : 'Sign in'}
            </button>
          )}
        </div>
      )}
    </header>
  );
}

function SessionStatus({ session, hasToken }: { session: Session; hasToken: boolean }) {
  switch (session.state) {
    case 'loading':
      return null;
    case 'unreachable':
      return <>Server unavailable. {session.reason}</>;
    case 'signedIn':
      return (
        <>
          <strong>{session.name}</strong> <span className="bar-email">{session.email}</span>{' '}
          <span className="bar-method">{hasToken ? 'with token' : 'with cookie'}</span>
        </>
      );
    case 'signedOut':
      if (hasToken) return <>The token has expired or was revoked.</>;
      return session.needsFirstAccount ? (
        <>No account exists yet. Create the first one in the Register tab.</>
      ) : (
        <>Not signed in.</>
      );
  }
}

function SignInForm({ onDone }: { onDone(): void }) {
  const id = useId();
  const [isSubmitting, setIsSubmitting] = useState(false);
  const [error, setError] = useState<string | null>(null);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setIsSubmitting(true);
    setError(null);
    signIn(String(fields.get('email')), String(fields.get('password'))).then(
      onDone,
      (error: Error) => {
        setError(error.message);
        setIsSubmitting(false);
      },
    );
  };

  return (
    <form
      className="bar-form"
      onSubmit={submit}
      onKeyDown={(event) => event.key === 'Escape' && onDone()}
    >
      {error && (
        <span id={id} className="bar-error" role="alert">
          {error}
        </span>
      )}
      <input
        name="email"
        type="email"
        placeholder="Email"
        aria-label="Email"
        aria-describedby={error ? id : undefined}
        autoComplete="username"
        autoFocus
        required
      />
      <input
        name="password"
        type="password"
        placeholder="Password"
        aria-label="Password"
        autoComplete="current-password"
        required
      />
      <button className="primary" disabled={isSubmitting}>
        Sign in
      </button>
      <button type="button" onClick={onDone}>
        Cancel
      </button>
    </form>
  );
}
