/** The button that opens the file picker. */
import { Paperclip } from 'lucide-react';
import { m } from '../../paraglide/messages';
import { IconButton } from '../../ui/Button';
import { FilePicker } from '../../ui/FilePicker';

interface Props {
  /** The file size limit as text. */
  limit: string;
  onPick(files: readonly globalThis.File[]): void;
}

export function AttachButton({ limit, onPick }: Props) {
  return (
    <FilePicker multiple label={m.file_attach_button_input()} onPick={onPick}>
      {(open) => (
        <IconButton
          label={m.file_attach_button_label()}
          title={limit ? m.file_attach_button_with_limit({ limit }) : m.file_attach_button_label()}
          onClick={open}
          className="my-1.75 ml-1.5 touch:m-0"
        >
          <Paperclip size={16} />
        </IconButton>
      )}
    </FilePicker>
  );
}
