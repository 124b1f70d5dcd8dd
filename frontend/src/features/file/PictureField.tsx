/** A form field for an avatar or icon: shows, uploads and removes it. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
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
  /** Both resolve to an error message, or null on success. */
  onUploaded(fileId: string): Promise<string | null>;
  onRemove(): Promise<string | null>;
}

export function PictureField(props: Props) {
  const { label, hint, place, shown, hasPicture, onUploaded, onRemove } = props;
  const input = useRef<HTMLInputElement>(null);
  const { upload, choose, clear } = usePictureUpload(place);
  const [failure, setFailure] = useState<string | null>(null);
  const [status, setStatus] = useState('');
  const used = useRef<string | null>(null);
  const latest = useRef({ onUploaded, clear });
  useEffect(() => {
    latest.current = { onUploaded, clear };
  });

  const doneId = upload?.state === 'done' ? upload.id : null;
  useEffect(() => {
    if (!doneId || used.current === doneId) return;
    used.current = doneId;
    latest.current.onUploaded(doneId).then((failed) => {
      setFailure(failed);
      if (!failed) setStatus('Saved.');
      latest.current.clear(failed === null);
    });
  }, [doneId]);

  const problem = failure ?? (upload?.state === 'failed' ? uploadStateLabel(upload) : null);
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
              onClick={async () => {
                setStatus('');
                const failed = await onRemove();
                setFailure(failed);
                if (!failed) setStatus('Removed.');
              }}
            >
              Remove<span className="sr-only"> {label.toLowerCase()}</span>
            </Button>
          )}
        </div>
        <p className="mt-1 text-[12.5px] text-faint">{hint}</p>
        {upload && <UploadProgress upload={upload} />}
        <p role="status" className="text-[12.5px] text-soft">
          {status}
        </p>
      </div>
      {problem && <Notice>{problem}</Notice>}
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        aria-label={label}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          setStatus('');
          if (file) setFailure(choose(file));
        }}
      />
    </fieldset>
  );
}
