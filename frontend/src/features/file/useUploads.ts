/** What React sees of the uploads. */
import { useSyncExternalStore } from 'react';
import { useWorkspace } from '../workspace/workspaceContext';
import type { Upload } from './upload';

export function useUploads(): readonly Upload[] {
  const { uploads } = useWorkspace();
  return useSyncExternalStore(uploads.subscribe, uploads.all);
}

/** The upload of a file from this page, until the page shows what the server made of it. */
export function useUpload(id: string): Upload | undefined {
  const { uploads } = useWorkspace();
  return useSyncExternalStore(uploads.subscribe, () => uploads.get(id));
}
