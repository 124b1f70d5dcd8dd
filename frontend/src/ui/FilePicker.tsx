/** The browser's dialog that picks files, opened by a button. */
import { type ReactNode, useRef } from 'react';

interface Props {
  /** Accessible name of the hidden field. */
  label: string;
  accept?: string;
  multiple?: boolean;
  onPick(files: readonly File[]): void;
  /** Renders the button, which calls `open`. */
  children(open: () => void): ReactNode;
}

export function FilePicker({ label, accept, multiple, onPick, children }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      {children(() => input.current?.click())}
      <input
        ref={input}
        type="file"
        accept={accept}
        multiple={multiple}
        hidden
        aria-label={label}
        onChange={({ target }) => {
          const files = [...(target.files ?? [])];
          // Allows choosing the same file again.
          target.value = '';
          onPick(files);
        }}
      />
    </>
  );
}
