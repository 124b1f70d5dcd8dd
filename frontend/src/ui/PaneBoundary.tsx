/** Error boundary of a pane: the rest of the page keeps working. */
import type { ReactNode } from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import { m } from '../paraglide/messages';
import { Button } from './Button';
import { forgetFailedDownloads } from './lazyComponent';
import { Notice } from './Notice';

interface Props {
  /** A whole sentence, such as "This thread can't be shown." */
  message: string;
  /** Renders again when this changes. */
  resetKey?: string;
  children: ReactNode;
}

export function PaneBoundary({ message, resetKey = '', children }: Props) {
  return (
    <ErrorBoundary
      resetKeys={[resetKey]}
      onError={forgetFailedDownloads}
      fallbackRender={({ resetErrorBoundary }) => (
        <div className="flex min-w-0 flex-1 flex-col items-start gap-3 p-4">
          <Notice>{message}</Notice>
          <Button small onClick={resetErrorBoundary}>
            {m.ui_try_again()}
          </Button>
        </div>
      )}
    >
      {children}
    </ErrorBoundary>
  );
}
