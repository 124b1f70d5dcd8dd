/** Mounts a lazily loaded dialog when it is first opened, and keeps it mounted. */
import { type ReactNode, Suspense, useState } from 'react';

export function MountOnOpen({ open, children }: { open: boolean; children: ReactNode }) {
  const [wasOpen, setWasOpen] = useState(open);
  if (open && !wasOpen) setWasOpen(true);
  return open || wasOpen ? <Suspense fallback={null}>{children}</Suspense> : null;
}
