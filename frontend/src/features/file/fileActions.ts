/** Edits file descriptions and deletes files. */
import type { ApolloClient } from '@apollo/client';
import { mintId } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
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
  const input = { commandId: mintId('cmd'), fileId, alt: alt || null };
  await mutate(client, UPDATE_FILE, input);
}

export async function deleteFile(client: ApolloClient, fileId: string): Promise<void> {
  await mutate(client, DELETE_FILE, { commandId: mintId('cmd'), fileId });
  fileRemoved(client.cache, fileId, new Date().toISOString());
}
