/** A sentence about what went wrong. */
import type { ReactNode } from 'react';

/** A sentence about something that went wrong, next to where it did. */
export function Notice({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="rounded-lg bg-danger-tint px-3 py-2 text-[13px] text-danger">
      {children}
    </p>
  );
}
