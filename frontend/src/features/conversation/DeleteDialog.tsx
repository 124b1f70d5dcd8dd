/** Confirms the deletion of a message. */
import { m } from '../../paraglide/messages';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { MessageText } from '../message/MessageText';

interface Props {
  open: boolean;
  text: string;
  /** Summary of its files. */
  files: string;
  /** The consequence. */
  consequence: string;
  onClose(): void;
  onDelete(): void;
}

export function DeleteDialog({ open, text, files, consequence, onClose, onDelete }: Props) {
  if (!open) return null;
  return (
    <ConfirmDialog
      open={open}
      title={m.conversation_delete_dialog_title()}
      action={m.ui_delete()}
      onConfirm={onDelete}
      onClose={onClose}
    >
      <div className="max-h-40 overflow-y-auto rounded-lg border border-line px-3 py-2 text-ink">
        {text === '' && <p className="text-faint">{files}</p>}
        <MessageText text={text} />
      </div>
      <p className="mt-3">{consequence}</p>
    </ConfirmDialog>
  );
}
