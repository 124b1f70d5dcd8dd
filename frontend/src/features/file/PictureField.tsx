/** A form field for an avatar or icon: shows, uploads and removes it. */
import { type ReactNode, useEffect, useRef } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { useAction } from '../../apollo/useAction';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { FilePicker } from '../../ui/FilePicker';
import { Notice } from '../../ui/Notice';
import { RichText } from '../../ui/RichText';
import { UploadProgress } from './UploadProgress';
import { usePictureUpload } from './usePictureUpload';

interface Props {
  /** The field label, such as `Profile photo`. */
  label: string;
  /** The label within a sentence, such as `profile photo`. */
  subject: string;
  hint: string;
  /** Identifies the uploads of this field. */
  place: string;
  shown: ReactNode;
  hasPicture: boolean;
  onUploaded(fileId: string): Promise<unknown>;
  onRemove(): Promise<unknown>;
}

/** The subject is obvious to the eye. */
const tags = { subject: (text: ReactNode) => <span className="sr-only">{text}</span> };

export function PictureField(props: Props) {
  const { label, subject, hint, place, shown, hasPicture, onUploaded, onRemove } = props;
  const { upload, problem, choose, clear } = usePictureUpload(place);
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
  const startOver = (file?: globalThis.File) => {
    choose(file);
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

  return (
    <fieldset className="flex flex-wrap items-center gap-3">
      <legend className="mb-1 text-[13px] font-medium">{label}</legend>
      {shown}
      <div className="min-w-0 flex-1 basis-48">
        <div className="flex flex-wrap gap-2">
          <FilePicker label={label} accept="image/*" onPick={([file]) => startOver(file)}>
            {(open) => (
              <Button small onClick={open}>
                <RichText
                  message={hasPicture ? m.file_picture_field_change : m.file_picture_field_upload}
                  inputs={{ subject }}
                  tags={tags}
                />
              </Button>
            )}
          </FilePicker>
          {hasPicture && (
            <Button
              small
              variant="quiet"
              onClick={() => {
                startOver();
                remove.run();
              }}
            >
              <RichText message={m.file_picture_field_remove} inputs={{ subject }} tags={tags} />
            </Button>
          )}
        </div>
        <p className="mt-1 text-[12.5px] text-faint">{hint}</p>
        {upload && <UploadProgress upload={upload} />}
        <p role="status" className="text-[12.5px] text-soft">
          {save.isDone && m.ui_saved()}
          {remove.isDone && m.file_picture_field_removed()}
        </p>
      </div>
      {problem && <Notice>{problem}</Notice>}
      <FailureNotice failure={save.failure ?? remove.failure} />
    </fieldset>
  );
}
