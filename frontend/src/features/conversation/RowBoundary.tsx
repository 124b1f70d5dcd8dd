/** Error boundary of a row. */
import type { ReactNode } from 'react';
import { ErrorBoundary } from 'react-error-boundary';

export function RowBoundary({ children }: { children: ReactNode }) {
  return (
    <ErrorBoundary
      fallback={
        <p className="px-4 py-[3px] pl-16 text-faint italic">This message can't be shown.</p>
      }
    >
      {children}
    </ErrorBoundary>
  );
}
