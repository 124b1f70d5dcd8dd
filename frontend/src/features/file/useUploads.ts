/** React hooks for the upload store. */
import { useSyncExternalStore } from 'react';
import { useWorkspace } from '../workspace/workspaceContext';
import type { Upload } from './upload';

export function useUploads(): readonly Upload[] {
  const { uploads } = useWorkspace();
  return useSyncExternalStore(uploads.subscribe, uploads.all);
}

/** The local upload of a file, until the file from the server is shown. */
export function useUpload(id: string): Upload | undefined {
  const { uploads } = useWorkspace();
  return useSyncExternalStore(uploads.subscribe, () => uploads.get(id));
}
