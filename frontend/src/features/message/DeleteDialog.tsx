/** Asks before a message is deleted. */
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { MessageText } from './MessageText';

interface Props {
  open: boolean;
  text: string;
  /** What it carries, in words. */
  files: string;
  onClose(): void;
  onDelete(): void;
}

export function DeleteDialog({ open, text, files, onClose, onDelete }: Props) {
  if (!open) return null;
  return (
    <Dialog open={open} onClose={onClose} title="Delete this message?">
      <div className="max-h-40 overflow-y-auto rounded-lg border border-line px-3 py-2">
        {text === '' && <p className="text-faint">{files}</p>}
        <MessageText text={text} />
      </div>
      <p className="mt-3 text-soft">It is removed for everyone. This cannot be undone.</p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="danger" onClick={onDelete}>
          Delete
        </Button>
      </div>
    </Dialog>
  );
}
