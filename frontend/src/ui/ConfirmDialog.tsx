/** Confirmation of an action that cannot be undone. */
import { type ReactNode, useRef } from 'react';
import { m } from '../paraglide/messages';
import { Button } from './Button';
import { Dialog } from './Dialog';

interface Props {
  open: boolean;
  /** A question that names the target, such as "Remove Bo from #general?" */
  title: string;
  /** The consequence. */
  children: ReactNode;
  /** The verb of the title, such as "Remove". */
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
          {m.ui_cancel()}
        </Button>
        <Button
          variant="danger"
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
