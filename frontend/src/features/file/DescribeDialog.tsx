/** The dialog that edits the description (alt text) of a file. */
import { type FormEvent, useId, useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { useAction } from '../../apollo/useAction';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { RichText } from '../../ui/RichText';

interface Props {
  open: boolean;
  name: string;
  alt: string;
  onClose(): void;
  onSave(alt: string): Promise<unknown>;
}

/** Maximum length of a description, in characters. */
const maxDescriptionLength = 1000;

export function DescribeDialog(props: Props) {
  // Remounts on open, so that the field starts with the current description.
  return props.open ? <DescriptionForm {...props} /> : null;
}

function DescriptionForm({ name, alt, onClose, onSave }: Props) {
  const id = useId();
  const [text, setText] = useState(alt);
  const save = useAction(onSave);

  async function submit(event: FormEvent) {
    event.preventDefault();
    // React bubbles the event to the form around the portal.
    event.stopPropagation();
    if (await save.run(text.trim())) onClose();
  }

  return (
    <Dialog open onClose={onClose} title={m.file_describe_dialog_title()}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <div>
          <label htmlFor={id} className="mb-1 block text-[13px] font-medium wrap-anywhere">
            <RichText
              message={m.file_describe_dialog_label}
              inputs={{ name }}
              tags={{ name: (text) => <bdi>{text}</bdi> }}
            />
          </label>
          <textarea
            id={id}
            rows={3}
            maxLength={maxDescriptionLength}
            value={text}
            dir="auto"
            onChange={(event) => setText(event.target.value)}
            aria-describedby={`${id}-hint`}
            className="w-full rounded-lg border border-line-strong bg-raised px-3 py-2 outline-none focus:border-accent focus:ring-2 focus:ring-accent/25"
          />
          <p id={`${id}-hint`} className="mt-1 text-[12.5px] text-faint">
            {m.file_describe_dialog_hint()}
          </p>
        </div>
        <FailureNotice failure={save.failure} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{m.ui_cancel()}</Button>
          <Button variant="primary" type="submit" disabled={save.isRunning}>
            {m.ui_save()}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
