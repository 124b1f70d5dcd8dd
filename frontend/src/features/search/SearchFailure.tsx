/** Says why a search brought nothing. Chat goes on without it. */
import { useEffect, useState } from 'react';
import type { Failure } from '../../apollo/failure';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/Notice';
import { useWorkspace } from '../workspace/workspaceContext';

interface Props {
  failure: Failure;
  onRetry(): void;
}

export function SearchFailure({ failure, onRetry }: Props) {
  const { live } = useWorkspace();
  const away = live !== 'live';
  const [wasAway, setWasAway] = useState(away);
  if (away && !wasAway) setWasAway(true);
  // Asked again as soon as that makes sense.
  useEffect(() => {
    if (wasAway && !away) onRetry();
    window.addEventListener('online', onRetry);
    return () => window.removeEventListener('online', onRetry);
  }, [wasAway, away, onRetry]);
  return (
    <div className="mb-3 flex flex-wrap items-center gap-3">
      <Notice>{sentence(failure, away)}</Notice>
      {failure.code !== 'BAD_USER_INPUT' && (
        <Button small onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

function sentence({ code, message }: Failure, away: boolean): string {
  if (away) return 'The server cannot be reached. The search goes on when it answers again.';
  if (code === 'UNAVAILABLE') {
    return 'The search does not answer at the moment. Everything else goes on.';
  }
  return message;
}
