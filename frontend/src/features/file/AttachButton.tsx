/** The button that opens the browser's own dialog for choosing files. */
import { Paperclip } from 'lucide-react';
import { useRef } from 'react';
import { IconButton } from '../../ui/Button';

interface Props {
  /** How large files may be, in words. */
  limit: string;
  onPick(files: readonly globalThis.File[]): void;
}

export function AttachButton({ limit, onPick }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton
        label="Attach files"
        title={limit ? `Attach files, ${limit}` : 'Attach files'}
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
        aria-label="Files to attach"
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          // The same file can be chosen again.
          event.target.value = '';
          onPick(files);
        }}
      />
    </>
  );
}
