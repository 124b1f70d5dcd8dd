/** An inline error message. */
import type { ReactNode } from 'react';

/** An error message, announced by screen readers. */
export function Notice({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="rounded-lg bg-danger-tint px-3 py-2 text-[13px] text-danger">
      {children}
    </p>
  );
}
