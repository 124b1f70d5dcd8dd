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
  /** Forgets it: it has been used, or is not wanted. */
  clear(): void;
}

export function usePictureUpload(place: string): PictureUpload {
  const { uploads } = useWorkspace();
  const limits = useFileLimits(true);
  const upload = useUploads().find((one) => one.place === place);
  return useMemo(() => {
    const clear = () => {
      if (!upload) return;
      if (upload.state === 'done') uploads.release(upload.id);
      else uploads.cancel(upload.id);
    };
    return {
      upload,
      clear,
      choose(file) {
        const { files, refused } = admit([file], 0, limits);
        if (files.length === 0) return refused[0] ?? null;
        if (!file.type.startsWith('image/')) return `${file.name} is not a picture.`;
        clear();
        uploads.add(file, { name: file.name, place });
        return null;
      },
    };
  }, [uploads, upload, limits, place]);
}
