/** Confirms a mention that notifies many members. */
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';

interface Props {
  recipientCount: number;
  onClose(): void;
  onConfirm(): void;
}

export function MentionEveryoneDialog({ recipientCount, onClose, onConfirm }: Props) {
  return (
    <Dialog open onClose={onClose} title="Mention everyone in this channel?">
      <p className="text-soft">
        This notifies {recipientCount.toLocaleString('en')} people. To reach fewer people, mention
        them by name.
      </p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" onClick={onConfirm}>
          Mention everyone
        </Button>
      </div>
    </Dialog>
  );
}
