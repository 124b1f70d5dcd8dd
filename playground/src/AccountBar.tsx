// The strip above GraphiQL: who is signed in and how, and the ways to change it.
import { useId, useState, type FormEvent } from 'react';

import { signIn, signOut, type Who } from './account';
import { token } from './token';

type Props = { who: Who; hasToken: boolean; refresh(): void };

export function AccountBar({ who, hasToken, refresh }: Props) {
  const [asking, setAsking] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  const leave = () =>
    signOut().then(refresh, (reason: Error) => {
      setFault(reason.message);
      refresh();
    });

  return (
    <header className="bar">
      <a className="bar-home" href="/">
        <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width="20" height="20" /> Confab
      </a>
      <p className="bar-who" aria-live="polite">
        <Standing who={who} hasToken={hasToken} />
        {fault && <span className="bar-fault"> {fault}</span>}
      </p>
      {asking ? (
        <SignInForm onDone={() => setAsking(false)} />
      ) : (
        <div className="bar-actions">
          {who.state === 'unreachable' && <button onClick={refresh}>Try again</button>}
          {who.state === 'somebody' && <button onClick={leave}>Sign out</button>}
          {hasToken && (
            <button onClick={() => token.set(null)} title="Stop sending the token; it stays valid.">
              Forget token
            </button>
          )}
          {!hasToken && who.state !== 'unreachable' && (
            <button
              className={who.state === 'nobody' ? 'primary' : undefined}
              onClick={() => {
                setFault(null);
                setAsking(true);
              }}
            >
              {who.state === 'somebody' ? 'Use a token' : 'Sign in'}
            </button>
          )}
        </div>
      )}
    </header>
  );
}

function Standing({ who, hasToken }: { who: Who; hasToken: boolean }) {
  switch (who.state) {
    case 'asking':
      return null;
    case 'unreachable':
      return <>The server does not answer. {who.why}</>;
    case 'somebody':
      return (
        <>
          <strong>{who.name}</strong> <span className="bar-mail">{who.email}</span>{' '}
          <span className="bar-how">{hasToken ? 'by token' : 'by cookie'}</span>
        </>
      );
    case 'nobody':
      if (hasToken) return <>The token is no longer valid.</>;
      return who.needsFirstAccount ? (
        <>Nobody has registered yet. The tab Register makes the first account.</>
      ) : (
        <>Not signed in.</>
      );
  }
}

function SignInForm({ onDone }: { onDone(): void }) {
  const id = useId();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setBusy(true);
    setFault(null);
    signIn(String(fields.get('email')), String(fields.get('password'))).then(
      onDone,
      (reason: Error) => {
        setFault(reason.message);
        setBusy(false);
      },
    );
  };

  return (
    <form
      className="bar-form"
      onSubmit={submit}
      onKeyDown={(event) => event.key === 'Escape' && onDone()}
    >
      {fault && (
        <span id={id} className="bar-fault" role="alert">
          {fault}
        </span>
      )}
      <input
        name="email"
        type="email"
        placeholder="Email"
        aria-label="Email"
        aria-describedby={fault ? id : undefined}
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
      <button className="primary" disabled={busy}>
        Sign in
      </button>
      <button type="button" onClick={onDone}>
        Cancel
      </button>
    </form>
  );
}
