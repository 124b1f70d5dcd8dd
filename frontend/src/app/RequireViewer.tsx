/** Guards pages that require a session. */
import { useQuery } from '@apollo/client/react';
import { Navigate, useRouter } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { failureOf } from '../apollo/failure';
import { SERVER, useViewer } from '../features/account/viewer';
import { m } from '../paraglide/messages';
import { Button } from '../ui/Button';
import { Spinner } from '../ui/Spinner';
import { EntryFrame } from './EntryFrame';

/** Renders its children when signed in, and redirects to the sign-in page otherwise. */
export function RequireViewer({ children }: { children: ReactNode }) {
  const { viewer, error } = useViewer();
  const server = useQuery(SERVER, { skip: viewer !== null });
  if (viewer) return children;
  if (error) {
    return (
      <EntryFrame title={m.app_require_viewer_unreachable()} lead={failureOf(error).message}>
        <Button onClick={() => location.reload()}>{m.ui_try_again()}</Button>
      </EntryFrame>
    );
  }
  if (viewer === undefined || server.loading) return <Spinner />;
  if (server.data?.server.needsFirstAccount) return <Navigate to="/register" replace />;
  return <RedirectToSignIn />;
}

/** Passes the requested URL on, to return to after signing in. */
function RedirectToSignIn() {
  const router = useRouter();
  const [search] = useState(() => {
    const { href } = router.latestLocation;
    return href === '/' ? {} : { to: href };
  });
  return <Navigate to="/sign-in" search={search} replace />;
}
