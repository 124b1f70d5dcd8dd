/** Uploads a single image outside messages: an avatar, an icon or an emoji. */
import { useMemo } from 'react';
import { m } from '../../paraglide/messages';
import { checkAttachments, useFileLimits } from './fileLimits';
import type { Upload } from './upload';
import { useUploadService, useUploads } from './useUploads';

export interface PictureUpload {
  upload: Upload | undefined;
  /** Replaces the current image. Returns an error message, or null on success. */
  choose(file: globalThis.File): string | null;
  /** Clears the field. Also deletes an unused upload from the server. */
  clear(used: boolean): void;
}

export function usePictureUpload(place: string): PictureUpload {
  const uploads = useUploadService();
  const limits = useFileLimits(true);
  const upload = useUploads().find((one) => one.place === place);
  return useMemo(() => {
    return {
      upload,
      clear(used) {
        if (!upload) return;
        if (used) uploads.release(upload.id);
        else uploads.cancel(upload.id);
      },
      choose(file) {
        const { files, rejected } = checkAttachments([file], 0, limits);
        if (files.length === 0) return rejected[0] ?? null;
        if (!file.type.startsWith('image/'))
          return m.file_picture_upload_not_an_image({ file: file.name });
        if (upload) uploads.cancel(upload.id);
        uploads.add(file, { name: file.name, place });
        return null;
      },
    };
  }, [uploads, upload, limits, place]);
}
