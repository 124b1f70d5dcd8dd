/** The attachments of a draft, each with progress and actions. */
import { RotateCw, X } from 'lucide-react';
import { useState } from 'react';
import { m } from '../../paraglide/messages';
import { IconButton } from '../../ui/Button';
import { DescribeDialog } from './DescribeDialog';
import { FileIcon } from './FileIcon';
import { formatSize, kindOfMediaType, useFile } from './file';
import { LocalPicture } from './LocalPicture';
import { UploadProgress, uploadProgressLabel, uploadStateLabel } from './UploadProgress';
import type { Upload } from './upload';
import type { Attachments } from './useAttachments';
import { useUploadService } from './useUploads';

export function AttachmentBar({ attachments }: { attachments: Attachments }) {
  const { uploads, rejected, dismissRejected } = attachments;
  return (
    <>
      {rejected.length > 0 && (
        <div className="flex items-start gap-2 border-b border-line bg-danger-tint px-3 py-1.5 text-[12.5px] text-danger">
          <div role="alert" className="min-w-0 flex-1 wrap-anywhere">
            {rejected.map((reason) => (
              <p key={reason}>{reason}</p>
            ))}
          </div>
          <IconButton label={m.ui_dismiss()} className="size-5" onClick={dismissRejected}>
            <X size={13} />
          </IconButton>
        </div>
      )}
      {uploads.length > 0 && (
        <ul
          aria-label={m.file_attachment_bar_label()}
          className="flex max-h-60 flex-wrap gap-2 overflow-y-auto p-2"
        >
          {uploads.map((upload) => (
            <Attached key={upload.id} upload={upload} />
          ))}
        </ul>
      )}
      <p role="status" className="sr-only">
        {uploadProgressLabel(uploads)}
      </p>
    </>
  );
}

function Attached({ upload }: { upload: Upload }) {
  const uploads = useUploadService();
  const { id, name, type, size, state, alt, localUrl } = upload;
  const [describing, setDescribing] = useState(false);
  const kind = kindOfMediaType(type);
  const failed = state === 'failed';
  // After a reload the local image is gone.
  const shown = useFile(id)?.previews[0]?.url;
  return (
    <li
      className={`flex w-64 max-w-full items-center gap-2 rounded-lg border bg-page p-1.5 ${failed ? 'border-danger' : 'border-line'}`}
    >
      <span className="relative inline-flex size-12 shrink-0 items-center justify-center overflow-hidden rounded-md bg-hover text-soft">
        {kind === 'PICTURE' && localUrl ? (
          <LocalPicture src={localUrl} label="" className="size-full object-cover" />
        ) : kind === 'PICTURE' && shown ? (
          <img src={shown} alt="" className="size-full object-cover" />
        ) : (
          <FileIcon kind={kind} type={type} />
        )}
      </span>
      <span className="min-w-0 flex-1">
        <span dir="auto" title={name} className="block truncate text-[13px] font-medium">
          {name}
        </span>
        <span
          className={`block text-[12px] ${failed ? 'text-danger' : 'truncate text-faint'}`}
          title={uploadStateLabel(upload)}
        >
          {state === 'done' ? formatSize(size) : uploadStateLabel(upload)}
        </span>
        <UploadProgress upload={upload} />
        <button
          type="button"
          onClick={() => setDescribing(true)}
          aria-label={
            alt
              ? m.file_attachment_bar_description_of({ alt, name })
              : m.file_attachment_bar_add_description_of({ name })
          }
          className="block max-w-full truncate text-[12px] text-accent hover:underline"
        >
          {alt || m.file_attachment_bar_add_description()}
        </button>
      </span>
      <span className="flex shrink-0 flex-col">
        <IconButton
          label={
            state === 'done' || failed
              ? m.file_upload_remove({ name })
              : m.file_upload_cancel({ name })
          }
          className="size-6"
          onClick={() => uploads.cancel(id)}
        >
          <X size={14} />
        </IconButton>
        {failed && (
          <IconButton
            label={m.file_attachment_bar_retry({ name })}
            className="size-6"
            onClick={() => uploads.retry(id)}
          >
            <RotateCw size={13} />
          </IconButton>
        )}
      </span>
      {describing && (
        <DescribeDialog
          name={name}
          alt={alt}
          onClose={() => setDescribing(false)}
          onSave={async (text) => uploads.describe(id, text)}
        />
      )}
    </li>
  );
}
