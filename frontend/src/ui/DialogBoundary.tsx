/** Error boundary of a whole dialog, also while it loads: the error is shown in a dialog that can be closed. */
import type { ReactNode } from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import { m } from '../paraglide/messages';
import { Button } from './Button';
import { Dialog } from './Dialog';
import { forgetFailedDownloads } from './lazyComponent';

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
      onError={forgetFailedDownloads}
      fallbackRender={({ resetErrorBoundary }) => (
        <Dialog open={open} onClose={onClose} title={m.ui_dialog_boundary_failed()}>
          <Button onClick={resetErrorBoundary}>{m.ui_try_again()}</Button>
        </Dialog>
      )}
    >
      {children}
    </ErrorBoundary>
  );
}
