/** The error of a failed search, with automatic and manual retry. */
import { useEffect, useState } from 'react';
import type { Failure } from '../../apollo/failure';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/Notice';
import { useLiveState } from '../workspace/workspaceContext';

interface Props {
  failure: Failure;
  onRetry(): void;
}

export function SearchFailure({ failure, onRetry }: Props) {
  const live = useLiveState();
  const isOffline = live !== 'live';
  const [wasOffline, setWasOffline] = useState(isOffline);
  if (isOffline && !wasOffline) setWasOffline(true);
  // Retries when the connection is restored.
  useEffect(() => {
    if (wasOffline && !isOffline) onRetry();
    window.addEventListener('online', onRetry);
    return () => window.removeEventListener('online', onRetry);
  }, [wasOffline, isOffline, onRetry]);
  return (
    <div className="mb-3 flex flex-wrap items-center gap-3">
      <Notice>{failureMessage(failure, isOffline)}</Notice>
      {failure.code !== 'BAD_USER_INPUT' && (
        <Button small onClick={onRetry}>
          {m.ui_try_again()}
        </Button>
      )}
    </div>
  );
}

function failureMessage({ code, message }: Failure, isOffline: boolean): string {
  if (isOffline) return m.search_failure_network();
  if (code === 'UNAVAILABLE') {
    return m.search_failure_unavailable();
  }
  return message;
}
