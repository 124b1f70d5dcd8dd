/** The files of a draft: what is attached in a channel or thread and not yet sent. */
import { useCallback, useMemo, useState } from 'react';
import { useWorkspace } from '../workspace/workspaceContext';
import { sizeInWords } from './file';
import { admit, useFileLimits } from './fileLimits';
import type { Offered, Upload } from './upload';
import { useUploads } from './useUploads';

export interface Attachments {
  uploads: readonly Upload[];
  /** What the server takes, in words; empty until that is known. */
  limit: string;
  /** What was left out of the last ones that were offered, and why. */
  refused: readonly string[];
  add(files: readonly globalThis.File[]): void;
  dismissRefused(): void;
  /** Hands them over to a message that is being sent. */
  take(): Offered[];
}

export function useAttachments(place: string): Attachments {
  const { uploads: store } = useWorkspace();
  const all = useUploads();
  const [refused, setRefused] = useState<readonly string[]>([]);
  const uploads = useMemo(() => all.filter((upload) => upload.place === place), [all, place]);
  const limits = useFileLimits(true);

  const add = useCallback(
    (files: readonly globalThis.File[]) => {
      const attached = store.all().filter((upload) => upload.place === place).length;
      const admitted = admit(files, attached, limits);
      setRefused(admitted.refused);
      for (const file of admitted.files) store.add(file, { name: file.name, place });
    },
    [store, place, limits],
  );

  return {
    uploads,
    limit: limits ? `up to ${sizeInWords(limits.fileBytes)} each` : '',
    refused,
    add,
    dismissRefused: () => setRefused([]),
    take: () => {
      const taken = uploads.map(offeredOf);
      store.sentWith(taken.map(({ id }) => id));
      setRefused([]);
      return taken;
    },
  };
}

/** What is kept of an upload beyond the life of its page. */
export function offeredOf(upload: Upload): Offered {
  const { id, name, type, size, isVoice, alt, width, height } = upload;
  return { id, name, type, size, isVoice, alt, width, height };
}
