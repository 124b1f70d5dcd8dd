/** Asks before something that cannot be taken back: whom it concerns, and what follows. */
import { type ReactNode, useRef } from 'react';
import { Button } from './Button';
import { Dialog } from './Dialog';

interface Props {
  open: boolean;
  /** A question that names whom it concerns. */
  title: string;
  /** What follows. */
  children: ReactNode;
  /** The verb of the question. */
  action: string;
  onConfirm(): void;
  onClose(): void;
}

export function ConfirmDialog({ open, title, children, action, onConfirm, onClose }: Props) {
  const cancel = useRef<HTMLButtonElement>(null);
  return (
    <Dialog open={open} onClose={onClose} title={title} focus={cancel}>
      <div className="text-soft">{children}</div>
      <div className="mt-4 flex justify-end gap-2">
        <Button ref={cancel} onClick={onClose}>
          Cancel
        </Button>
        <Button
          look="danger"
          onClick={() => {
            onClose();
            onConfirm();
          }}
        >
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
