/** Asks before many people are mentioned at once. */
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';

interface Props {
  people: number;
  onClose(): void;
  onConfirm(): void;
}

export function MentionEverybodyDialog({ people, onClose, onConfirm }: Props) {
  return (
    <Dialog open onClose={onClose} title="Mention everyone in this channel?">
      <p className="text-soft">
        This notifies {people.toLocaleString('en')} people. To reach only some of them, mention them
        by name.
      </p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" onClick={onConfirm}>
          Mention everyone
        </Button>
      </div>
    </Dialog>
  );
}
