/** Error boundary of a pane: the rest of the page keeps working. */
import type { ReactNode } from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import { m } from '../paraglide/messages';
import { Button } from './Button';
import { Notice } from './Notice';

interface Props {
  /** Subject of the error message, such as "This thread". */
  name: string;
  /** Renders again when this changes. */
  resetKey?: string;
  children: ReactNode;
}

export function PaneBoundary({ name, resetKey = '', children }: Props) {
  return (
    <ErrorBoundary
      resetKeys={[resetKey]}
      fallbackRender={({ resetErrorBoundary }) => (
        <div className="flex min-w-0 flex-1 flex-col items-start gap-3 p-4">
          <Notice>{m.ui_pane_boundary_failed({ name })}</Notice>
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
