/** Edits file descriptions and deletes files. */
import type { ApolloClient } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { useMemo } from 'react';
import { errorMessageOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import { useWorkspace } from '../workspace/workspaceContext';
import type { File } from './file';
import { fileRemoved } from './fileCache';

const UPDATE_FILE = graphql(`
  mutation UpdateFile($input: UpdateFileInput!) {
    updateFile(input: $input) {
      file {
        ...File
      }
    }
  }
`);

const DELETE_FILE = graphql(`
  mutation DeleteFile($input: DeleteFileInput!) {
    deleteFile(input: $input) {
      seq
    }
  }
`);

/** An empty text removes the description. */
export async function describeFile(
  client: ApolloClient,
  workspaceId: string,
  fileId: string,
  alt: string,
): Promise<void> {
  const input = { workspaceId, commandId: mintId('cmd'), fileId, alt: alt || null };
  await client.mutate({ mutation: UPDATE_FILE, variables: { input } });
}

export async function deleteFile(
  client: ApolloClient,
  workspaceId: string,
  fileId: string,
): Promise<void> {
  const input = { workspaceId, commandId: mintId('cmd'), fileId };
  await client.mutate({ mutation: DELETE_FILE, variables: { input } });
  fileRemoved(client.cache, fileId, new Date().toISOString());
}

export interface FileActions {
  /** Both resolve to an error message, or null on success. */
  describe(file: File, alt: string): Promise<string | null>;
  remove(file: File): Promise<string | null>;
}

export function useFileActions(): FileActions {
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  return useMemo(
    () => ({
      describe: ({ id }, alt) => errorMessageOf(() => describeFile(client, workspaceId, id, alt)),
      remove: ({ id }) => errorMessageOf(() => deleteFile(client, workspaceId, id)),
    }),
    [client, workspaceId],
  );
}
