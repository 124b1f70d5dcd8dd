/** Mounts a lazily loaded dialog when it is first opened, and keeps it mounted. */
import { type ReactNode, Suspense, useState } from 'react';
import { DialogBoundary } from './DialogBoundary';

interface Props {
  open: boolean;
  onClose(): void;
  children: ReactNode;
}

export function MountOnOpen({ open, onClose, children }: Props) {
  const [wasOpen, setWasOpen] = useState(open);
  if (open && !wasOpen) setWasOpen(true);
  if (!open && !wasOpen) return null;
  return (
    <DialogBoundary open={open} onClose={onClose}>
      <Suspense fallback={null}>{children}</Suspense>
    </DialogBoundary>
  );
}
