/** Confirms a mention that notifies many members. */
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';

interface Props {
  recipientCount: number;
  onClose(): void;
  onConfirm(): void;
}

export function MentionEveryoneDialog({ recipientCount, onClose, onConfirm }: Props) {
  return (
    <Dialog open onClose={onClose} title={m.composer_mention_everyone_dialog_title()}>
      <p className="text-soft">
        {m.composer_mention_everyone_dialog_consequence({ count: recipientCount })}
      </p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>{m.ui_cancel()}</Button>
        <Button variant="primary" onClick={onConfirm}>
          {m.composer_mention_everyone_dialog_confirm()}
        </Button>
      </div>
    </Dialog>
  );
}
