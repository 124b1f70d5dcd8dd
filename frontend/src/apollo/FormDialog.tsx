/** A dialog with a form. It closes when the action of the form succeeds. */
import { m } from '../paraglide/messages';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { ActionForm, type FormProps } from './ActionForm';

interface Props extends FormProps {
  open: boolean;
  onClose(): void;
  title: string;
  /** The label of the submit button. Defaults to "Save". */
  verb?: string;
}

export function FormDialog({ open, onClose, title, verb = m.ui_save(), work, ...form }: Props) {
  return (
    <Dialog open={open} onClose={onClose} title={title}>
      <ActionForm
        {...form}
        work={async (...values) => {
          await work(...values);
          onClose();
        }}
        buttons={({ isRunning }) => (
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>{m.ui_cancel()}</Button>
            <Button variant="primary" type="submit" disabled={isRunning}>
              {verb}
            </Button>
          </div>
        )}
      />
    </Dialog>
  );
}
