/** Puts a dialog on the page when it is first opened, so that its code can be loaded then, and leaves it. */
import { type ReactNode, Suspense, useState } from 'react';

export function WhenOpened({ open, children }: { open: boolean; children: ReactNode }) {
  const [wasOpen, setWasOpen] = useState(open);
  if (open && !wasOpen) setWasOpen(true);
  return open || wasOpen ? <Suspense fallback={null}>{children}</Suspense> : null;
}
