/** A form field for an avatar or icon: shows, uploads and removes it. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { useAction } from '../../apollo/useAction';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/Notice';
import { UploadProgress, uploadStateLabel } from './UploadProgress';
import { usePictureUpload } from './usePictureUpload';

interface Props {
  /** The field label, such as `Profile photo`. */
  label: string;
  hint: string;
  /** Identifies the uploads of this field. */
  place: string;
  shown: ReactNode;
  hasPicture: boolean;
  onUploaded(fileId: string): Promise<unknown>;
  onRemove(): Promise<unknown>;
}

export function PictureField(props: Props) {
  const { label, hint, place, shown, hasPicture, onUploaded, onRemove } = props;
  const input = useRef<HTMLInputElement>(null);
  const { upload, choose, clear } = usePictureUpload(place);
  /** Why the chosen file cannot be uploaded. */
  const [rejected, setRejected] = useState<string | null>(null);
  const save = useAction(async (fileId: string) => {
    let isUsed = false;
    try {
      await onUploaded(fileId);
      isUsed = true;
    } finally {
      clear(isUsed);
    }
  });
  const remove = useAction(onRemove);
  const startOver = () => {
    setRejected(null);
    save.reset();
    remove.reset();
  };

  const doneId = upload?.state === 'done' ? upload.id : null;
  const saved = useRef<string | null>(null);
  useEffect(() => {
    if (!doneId || saved.current === doneId) return;
    saved.current = doneId;
    save.run(doneId);
  }, [doneId, save.run]);

  const problem = rejected ?? (upload?.state === 'failed' ? uploadStateLabel(upload) : null);
  return (
    <fieldset className="flex flex-wrap items-center gap-3">
      <legend className="mb-1 text-[13px] font-medium">{label}</legend>
      {shown}
      <div className="min-w-0 flex-1 basis-48">
        <div className="flex flex-wrap gap-2">
          <Button small onClick={() => input.current?.click()}>
            {hasPicture ? 'Change' : 'Upload'}
            <span className="sr-only"> {label.toLowerCase()}</span>
          </Button>
          {hasPicture && (
            <Button
              small
              variant="quiet"
              onClick={() => {
                startOver();
                remove.run();
              }}
            >
              Remove<span className="sr-only"> {label.toLowerCase()}</span>
            </Button>
          )}
        </div>
        <p className="mt-1 text-[12.5px] text-faint">{hint}</p>
        {upload && <UploadProgress upload={upload} />}
        <p role="status" className="text-[12.5px] text-soft">
          {save.isDone && 'Saved.'}
          {remove.isDone && 'Removed.'}
        </p>
      </div>
      {problem && <Notice>{problem}</Notice>}
      <FailureNotice failure={save.failure ?? remove.failure} />
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        aria-label={label}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          startOver();
          if (file) setRejected(choose(file));
        }}
      />
    </fieldset>
  );
}
