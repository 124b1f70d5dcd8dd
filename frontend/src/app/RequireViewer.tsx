/** The gate of the pages for people who are signed in. */
import { useQuery } from '@apollo/client/react';
import { Navigate, useRouter } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { failureOf } from '../apollo/failure';
import { EntryPage } from '../features/account/EntryPage';
import { SERVER, useViewer } from '../features/account/viewer';
import { Button } from '../ui/Button';
import { Spinner } from '../ui/Spinner';

/** Shows its children to people who are signed in, and others the way in. */
export function RequireViewer({ children }: { children: ReactNode }) {
  const { viewer, error } = useViewer();
  const server = useQuery(SERVER, { skip: viewer !== null });
  if (viewer) return children;
  if (error) {
    return (
      <EntryPage title="Confab is not answering" lead={failureOf(error).message}>
        <Button onClick={() => location.reload()}>Try again</Button>
      </EntryPage>
    );
  }
  if (viewer === undefined || server.loading) return <Spinner />;
  if (server.data?.server.needsFirstAccount) return <Navigate to="/register" replace />;
  return <ToSignIn />;
}

/** Remembers which page was wanted. */
function ToSignIn() {
  const router = useRouter();
  const [search] = useState(() => {
    const { href } = router.latestLocation;
    return href === '/' ? {} : { to: href };
  });
  return <Navigate to="/sign-in" search={search} replace />;
}
