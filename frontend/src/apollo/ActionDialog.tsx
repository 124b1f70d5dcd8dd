/** A dialog that confirms an action. It closes when the action succeeds, and otherwise shows why it failed. */
import type { ReactNode } from 'react';
import { m } from '../paraglide/messages';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { FailureNotice } from './FailureNotice';
import { useAction } from './useAction';

interface Props {
  open: boolean;
  onClose(): void;
  /** A question that names the target, such as "Archive #plans?" */
  title: string;
  /** The consequence. */
  children: ReactNode;
  /** The verb of the title, such as "Archive". */
  verb: string;
  work(): Promise<unknown>;
}

export function ActionDialog({ open, title, ...question }: Props) {
  return (
    <Dialog open={open} onClose={question.onClose} title={title}>
      <Question {...question} />
    </Dialog>
  );
}

/** Forgets a failure when the dialog closes. */
function Question({ onClose, children, verb, work }: Omit<Props, 'open' | 'title'>) {
  const action = useAction(work);
  async function confirm() {
    if (await action.run()) onClose();
  }
  return (
    <div className="flex flex-col gap-4">
      <p className="wrap-anywhere text-soft">{children}</p>
      <FailureNotice failure={action.failure} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{m.ui_cancel()}</Button>
        <Button variant="danger" disabled={action.isRunning} onClick={confirm}>
          {verb}
        </Button>
      </div>
    </div>
  );
}
