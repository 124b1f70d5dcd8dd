/** Edits file descriptions and deletes files. */
import type { ApolloClient } from '@apollo/client';
import { command } from '../../apollo/mutate';
import { graphql } from '../../gql';
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
  fileId: string,
  alt: string,
): Promise<void> {
  await command(client, UPDATE_FILE, { fileId, alt: alt || null });
}

export async function deleteFile(client: ApolloClient, fileId: string): Promise<void> {
  await command(client, DELETE_FILE, { fileId });
  fileRemoved(client.cache, fileId, new Date().toISOString());
}
