/** React hooks for the uploads of the workspace. */
import { useStore } from '../../ui/store';
import { declareService } from '../workspace/service';
import type { Upload, Uploads } from './upload';

export const [UploadsContext, useUploadService] = declareService<Uploads>('useUploadService');

export function useUploads(): readonly Upload[] {
  return useStore(useUploadService().entries);
}

/** The local upload of a file, until the file from the server is shown. */
export function useUpload(id: string): Upload | undefined {
  return useStore(useUploadService().entries, (all) => all.find((upload) => upload.id === id));
}
