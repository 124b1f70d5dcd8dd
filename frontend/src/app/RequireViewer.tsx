import { useQuery } from '@apollo/client/react';
import { Navigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
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
  return <Navigate to={server.data?.server.needsFirstAccount ? '/register' : '/sign-in'} replace />;
}
