/** Error boundary of a row. */
import type { ReactNode } from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import { m } from '../../paraglide/messages';

export function RowBoundary({ children }: { children: ReactNode }) {
  return (
    <ErrorBoundary
      fallback={
        <p className="px-4 py-[3px] pl-16 text-faint italic">
          {m.conversation_row_boundary_failed()}
        </p>
      }
    >
      {children}
    </ErrorBoundary>
  );
}
