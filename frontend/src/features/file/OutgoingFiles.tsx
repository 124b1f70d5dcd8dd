/** The files of an outgoing message, with upload progress. */
import { useState } from 'react';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { FilePicker } from '../../ui/FilePicker';
import { useMe } from '../workspace/workspaceContext';
import { formatSize } from './file';
import { fileOfUpload } from './localFile';
import { MessageFiles } from './MessageFiles';
import { UploadProgress, uploadProgressLabel, uploadStateLabel } from './UploadProgress';
import type { Upload, UploadMetadata } from './upload';
import { useUploadService, useUploads } from './useUploads';

interface Props {
  files: readonly UploadMetadata[];
  /** Removes the file from the message. */
  onRemove(fileId: string): void;
}

export function OutgoingFiles({ files, onRemove }: Props) {
  const me = useMe();
  const all = useUploads();
  const uploads = files.flatMap((file) => all.find(({ id }) => id === file.id) ?? []);
  const open = uploads.filter(({ state }) => state !== 'done');
  return (
    <>
      <div className="opacity-70">
        <MessageFiles files={uploads.map((upload) => fileOfUpload(upload, me.id))} isPending />
      </div>
      {open.length > 0 && (
        <ul
          aria-label={m.file_outgoing_files_label()}
          className="flex max-w-105 flex-col gap-1.5 pb-1"
        >
          {open.map((upload) => (
            <PendingUpload key={upload.id} upload={upload} onRemove={() => onRemove(upload.id)} />
          ))}
        </ul>
      )}
      <p role="status" className="sr-only">
        {uploadProgressLabel(uploads)}
      </p>
    </>
  );
}

function PendingUpload({ upload, onRemove }: { upload: Upload; onRemove(): void }) {
  const uploads = useUploadService();
  const [isMismatch, setMismatch] = useState(false);
  const { id, name, size, state, failure } = upload;
  const failed = state === 'failed';
  const isLost = failure?.code === 'LOST';
  const remove = () => {
    uploads.cancel(id);
    onRemove();
  };
  return (
    <li className="text-[12.5px]">
      <span className="flex flex-wrap items-center gap-x-2">
        <span dir="auto" className="min-w-0 flex-1 truncate">
          {name}
        </span>
        <span className={failed ? 'text-danger' : 'text-faint'} role={failed ? 'alert' : undefined}>
          {uploadStateLabel(upload)}
        </span>
        {failed && !isLost && (
          <Button variant="quiet" small tabIndex={-1} onClick={() => uploads.retry(id)}>
            {m.ui_retry()}
          </Button>
        )}
        {isLost && (
          <FilePicker
            label={m.file_outgoing_files_choose_again_label({ name })}
            onPick={([file]) => file && setMismatch(!uploads.provide(id, file))}
          >
            {(open) => (
              <Button variant="quiet" small tabIndex={-1} onClick={open}>
                {m.file_outgoing_files_choose_again()}
              </Button>
            )}
          </FilePicker>
        )}
        <Button
          variant="quiet"
          small
          tabIndex={-1}
          aria-label={failed ? m.file_upload_remove({ name }) : m.file_upload_cancel({ name })}
          onClick={remove}
        >
          {failed ? m.ui_remove() : m.ui_cancel()}
        </Button>
      </span>
      {isLost && isMismatch && (
        <p role="alert" className="text-danger">
          {m.file_outgoing_files_mismatch({ size: formatSize(size) })}
        </p>
      )}
      <UploadProgress upload={upload} />
    </li>
  );
}
