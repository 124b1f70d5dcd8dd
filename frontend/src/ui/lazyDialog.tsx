/** Dialogs that are downloaded when they are first opened, and stay mounted. */
import { type ComponentType, Suspense, useState } from 'react';
import { DialogBoundary } from './DialogBoundary';
import { lazyComponent } from './lazyComponent';

interface DialogProps {
  open: boolean;
  onClose(): void;
}

export function lazyDialog<Props extends DialogProps>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  const Loaded = lazyComponent(load);
  return function LazyDialog(props: Props) {
    const { open, onClose } = props;
    const [wasOpen, setWasOpen] = useState(open);
    if (open && !wasOpen) setWasOpen(true);
    if (!open && !wasOpen) return null;
    return (
      <DialogBoundary open={open} onClose={onClose}>
        <Suspense fallback={null}>
          <Loaded {...props} />
        </Suspense>
      </DialogBoundary>
    );
  };
}
