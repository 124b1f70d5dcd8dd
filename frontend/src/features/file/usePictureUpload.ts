/** Uploads a single image outside messages: an avatar, an icon or an emoji. */
import { useState } from 'react';
import { m } from '../../paraglide/messages';
import { checkAttachments, useFileLimits } from './fileLimits';
import { uploadStateLabel } from './UploadProgress';
import type { Upload } from './upload';
import { useUploadService, useUploads } from './useUploads';

export interface PictureUpload {
  upload: Upload | undefined;
  /** Why the chosen file cannot be used. */
  problem: string | null;
  /** Replaces the current image. */
  choose(file: globalThis.File | undefined): void;
  /** Clears the field. Also deletes an unused upload from the server. */
  clear(used: boolean): void;
}

export function usePictureUpload(place: string): PictureUpload {
  const uploads = useUploadService();
  const limits = useFileLimits(true);
  const upload = useUploads().find((one) => one.place === place);
  const [rejected, setRejected] = useState<string | null>(null);

  function reasonToReject(file: globalThis.File): string | null {
    const [reason = null] = checkAttachments([file], 0, limits).rejected;
    if (reason || file.type.startsWith('image/')) return reason;
    return m.file_picture_upload_not_an_image({ file: file.name });
  }

  return {
    upload,
    problem: rejected ?? (upload?.state === 'failed' ? uploadStateLabel(upload) : null),
    choose(file) {
      const reason = file ? reasonToReject(file) : null;
      setRejected(reason);
      if (!file || reason) return;
      if (upload) uploads.cancel(upload.id);
      uploads.add(file, { name: file.name, place });
    },
    clear(used) {
      if (!upload) return;
      if (used) uploads.release(upload.id);
      else uploads.cancel(upload.id);
    },
  };
}
