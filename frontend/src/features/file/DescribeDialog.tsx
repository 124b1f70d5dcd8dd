/** What a file shows, in words, for those who cannot see it. */
import { type FormEvent, useId, useState } from 'react';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/Notice';

interface Props {
  open: boolean;
  name: string;
  alt: string;
  onClose(): void;
  /** Resolves to a sentence when it did not work. */
  onSave(alt: string): Promise<string | null>;
}

/** The longest description. */
const most = 1000;

export function DescribeDialog(props: Props) {
  // Begins with what is true when it opens.
  return props.open ? <Opened {...props} /> : null;
}

function Opened({ name, alt, onClose, onSave }: Props) {
  const id = useId();
  const [text, setText] = useState(alt);
  const [failure, setFailure] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);

  async function save(event: FormEvent) {
    event.preventDefault();
    // The dialog stands inside of another form in the page's order, not on the screen.
    event.stopPropagation();
    setSaving(true);
    const failed = await onSave(text.trim());
    setSaving(false);
    setFailure(failed);
    if (failed === null) onClose();
  }

  return (
    <Dialog open onClose={onClose} title="Describe the file">
      <form onSubmit={save} className="flex flex-col gap-3">
        <div>
          <label htmlFor={id} className="mb-1 block text-[13px] font-medium wrap-anywhere">
            What <bdi>{name}</bdi> shows
          </label>
          <textarea
            id={id}
            rows={3}
            maxLength={most}
            value={text}
            dir="auto"
            onChange={(event) => setText(event.target.value)}
            aria-describedby={`${id}-hint`}
            className="w-full rounded-lg border border-line-strong bg-raised px-3 py-2 outline-none focus:border-accent focus:ring-2 focus:ring-accent/25"
          />
          <p id={`${id}-hint`} className="mt-1 text-[12.5px] text-faint">
            Read out to people who do not see it.
          </p>
        </div>
        {failure && <Notice>{failure}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" disabled={saving}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
