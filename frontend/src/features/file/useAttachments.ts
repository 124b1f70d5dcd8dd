/** The attachments of a draft in a channel or thread. */
import { useCallback, useMemo, useState } from 'react';
import { formatSize } from './file';
import { checkAttachments, useFileLimits } from './fileLimits';
import type { Upload, UploadMetadata } from './upload';
import { useUploadService, useUploads } from './useUploads';

export interface Attachments {
  uploads: readonly Upload[];
  /** The file size limit as text. Empty until loaded. */
  limit: string;
  /** Why files of the last selection were rejected. */
  rejected: readonly string[];
  add(files: readonly globalThis.File[]): void;
  dismissRejected(): void;
  /** Moves the attachments to a message that is being sent. */
  take(): UploadMetadata[];
}

export function useAttachments(place: string): Attachments {
  const store = useUploadService();
  const all = useUploads();
  const [rejected, setRejected] = useState<readonly string[]>([]);
  const uploads = useMemo(() => all.filter((upload) => upload.place === place), [all, place]);
  const limits = useFileLimits(true);

  const add = useCallback(
    (files: readonly globalThis.File[]) => {
      const attached = store.entries.get().filter((upload) => upload.place === place).length;
      const checked = checkAttachments(files, attached, limits);
      setRejected(checked.rejected);
      for (const file of checked.files) store.add(file, { name: file.name, place });
    },
    [store, place, limits],
  );

  return {
    uploads,
    limit: limits ? formatSize(limits.fileBytes) : '',
    rejected,
    add,
    dismissRejected: () => setRejected([]),
    take: () => {
      const taken = uploads.map(uploadMetadataOf);
      store.detach(taken.map(({ id }) => id));
      setRejected([]);
      return taken;
    },
  };
}

/** The part of an upload that survives a reload. */
export function uploadMetadataOf(upload: Upload): UploadMetadata {
  const { id, name, type, size, isVoice, alt, width, height } = upload;
  return { id, name, type, size, isVoice, alt, width, height };
}
