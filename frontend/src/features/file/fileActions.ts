/** Describing a file and removing it. Each resolves to a sentence when it did not work. */
import { useApolloClient } from '@apollo/client/react';
import { useMemo } from 'react';
import { failureOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { useWorkspace } from '../workspace/workspaceContext';
import type { File } from './file';
import { fileRemoved } from './fileCache';
import { DELETE_FILE, UPDATE_FILE } from './uploadPort';

export interface FileActions {
  describe(file: File, alt: string): Promise<string | null>;
  remove(file: File): Promise<string | null>;
}

export function useFileActions(): FileActions {
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  return useMemo(
    () => ({
      async describe(file, alt) {
        const input = { workspaceId, commandId: mintId('cmd'), fileId: file.id, alt: alt || null };
        try {
          await client.mutate({ mutation: UPDATE_FILE, variables: { input } });
          return null;
        } catch (error) {
          return failureOf(error).message;
        }
      },
      async remove(file) {
        const input = { workspaceId, commandId: mintId('cmd'), fileId: file.id };
        try {
          await client.mutate({ mutation: DELETE_FILE, variables: { input } });
          fileRemoved(client.cache, file.id, new Date().toISOString());
          return null;
        } catch (error) {
          return failureOf(error).message;
        }
      },
    }),
    [client, workspaceId],
  );
}
