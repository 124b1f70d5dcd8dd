/** One picture that is uploaded for something else than a message: an avatar, an icon, an emoji. */
import { useMemo } from 'react';
import { useWorkspace } from '../workspace/workspaceContext';
import { admit, useFileLimits } from './fileLimits';
import type { Upload } from './upload';
import { useUploads } from './useUploads';

export interface PictureUpload {
  upload: Upload | undefined;
  /** In the place of the one before; answers with what is wrong with it. */
  choose(file: globalThis.File): string | null;
  /** Forgets it; one that was not used goes from the server, too. */
  clear(used: boolean): void;
}

export function usePictureUpload(place: string): PictureUpload {
  const { uploads } = useWorkspace();
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
        const { files, refused } = admit([file], 0, limits);
        if (files.length === 0) return refused[0] ?? null;
        if (!file.type.startsWith('image/')) return `${file.name} is not a picture.`;
        if (upload) uploads.cancel(upload.id);
        uploads.add(file, { name: file.name, place });
        return null;
      },
    };
  }, [uploads, upload, limits, place]);
}
