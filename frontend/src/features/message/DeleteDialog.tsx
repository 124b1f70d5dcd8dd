/** Asks before a message is deleted. */
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Markdown } from './Markdown';
import { Mention } from './Mention';

interface Props {
  open: boolean;
  text: string;
  onClose(): void;
  onDelete(): void;
}

const renderMention = (target: string) => <Mention target={target} />;

export function DeleteDialog({ open, text, onClose, onDelete }: Props) {
  if (!open) return null;
  return (
    <Dialog open={open} onClose={onClose} title="Delete this message?">
      <div className="max-h-40 overflow-y-auto rounded-lg border border-line px-3 py-2">
        <Markdown text={text} renderMention={renderMention} />
      </div>
      <p className="mt-3 text-soft">Its text is removed for everyone. This cannot be undone.</p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="danger" onClick={onDelete}>
          Delete
        </Button>
      </div>
    </Dialog>
  );
}
