/** Describing a file and removing it. */
import type { ApolloClient } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { useMemo } from 'react';
import { sentenceOf } from '../../apollo/failure';
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

/** An empty text takes the one before away. */
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
  /** Resolve to a sentence when it did not work. */
  describe(file: File, alt: string): Promise<string | null>;
  remove(file: File): Promise<string | null>;
}

export function useFileActions(): FileActions {
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  return useMemo(
    () => ({
      describe: ({ id }, alt) => sentenceOf(() => describeFile(client, workspaceId, id, alt)),
      remove: ({ id }) => sentenceOf(() => deleteFile(client, workspaceId, id)),
    }),
    [client, workspaceId],
  );
}
