/** Error boundary of a whole dialog, also while it loads: the error is shown in a dialog that can be closed. */
import type { ReactNode } from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import { Button } from './Button';
import { Dialog } from './Dialog';

interface Props {
  /** Opening the dialog again renders it again. */
  open: boolean;
  onClose(): void;
  children: ReactNode;
}

export function DialogBoundary({ open, onClose, children }: Props) {
  return (
    <ErrorBoundary
      resetKeys={[open]}
      fallbackRender={({ resetErrorBoundary }) => (
        <Dialog open={open} onClose={onClose} title="This dialog can't be shown">
          <Button onClick={resetErrorBoundary}>Try again</Button>
        </Dialog>
      )}
    >
      {children}
    </ErrorBoundary>
  );
}
