/** The button that opens the file picker. */
import { Paperclip } from 'lucide-react';
import { useRef } from 'react';
import { m } from '../../paraglide/messages';
import { IconButton } from '../../ui/Button';

interface Props {
  /** The file size limit as text. */
  limit: string;
  onPick(files: readonly globalThis.File[]): void;
}

export function AttachButton({ limit, onPick }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton
        label={m.file_attach_button_label()}
        title={limit ? m.file_attach_button_with_limit({ limit }) : m.file_attach_button_label()}
        onClick={() => input.current?.click()}
        className="my-1.75 ml-1.5 touch:m-0"
      >
        <Paperclip size={16} />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={m.file_attach_button_input()}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          // Allows choosing the same file again.
          event.target.value = '';
          onPick(files);
        }}
      />
    </>
  );
}
