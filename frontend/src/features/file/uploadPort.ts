/** The GraphQL implementation of `UploadPort`. */
import type { ApolloClient } from '@apollo/client';
import { withFailure } from '../../apollo/failure';
import { mutate } from '../../apollo/mutate';
import { pauseFor } from '../../apollo/pause';
import { graphql } from '../../gql';
import { deleteFile, describeFile } from './fileActions';
import { measure } from './measure';
import type { Part, UploadPort } from './upload';

export const UPLOAD = graphql(`
  fragment UploadParts on Upload {
    id
    parts {
      number
      offset
      size
      url
      method
      headers {
        name
        value
      }
      isReceived
    }
  }
`);

const CREATE_UPLOAD = graphql(`
  mutation CreateUpload($input: CreateUploadInput!) {
    createUpload(input: $input) {
      upload {
        ...UploadParts
      }
    }
  }
`);

const UPLOAD_BY_ID = graphql(`
  query UploadById($id: ID!) {
    upload(id: $id) {
      ...UploadParts
    }
  }
`);

const COMPLETE_UPLOAD = graphql(`
  mutation CompleteUpload($input: CompleteUploadInput!) {
    completeUpload(input: $input) {
      status
      file {
        ...File
      }
    }
  }
`);

const CANCEL_UPLOAD = graphql(`
  mutation CancelUpload($input: CancelUploadInput!) {
    cancelUpload(input: $input) {
      uploadId
    }
  }
`);

export function uploadPort(client: ApolloClient, workspaceId: string): UploadPort {
  // Presigned URLs must not be cached, and cached objects are frozen.
  const fetchPolicy = 'no-cache';
  return {
    create: ({ id: fileId, name, size, type, isVoice }, sha256) =>
      withFailure(async () => {
        const input = {
          ...{ workspaceId, id: uploadIdOf(fileId), name, size, isVoice },
          ...(type && { type }),
          ...(sha256 && { sha256 }),
        };
        const { createUpload } = await mutate(client, CREATE_UPLOAD, input, { fetchPolicy });
        return copyParts(createUpload.upload.parts);
      }),
    getParts: (fileId) =>
      withFailure(async () => {
        const variables = { id: uploadIdOf(fileId) };
        const { data } = await client.query({ query: UPLOAD_BY_ID, variables, fetchPolicy });
        return copyParts(data?.upload.parts);
      }),
    complete: (fileId) =>
      withFailure(async () => {
        const input = { uploadId: uploadIdOf(fileId) };
        const { completeUpload } = await mutate(client, COMPLETE_UPLOAD, input);
        return completeUpload.file ?? null;
      }),
    cancel: (fileId) =>
      withFailure(async () => {
        const input = { uploadId: uploadIdOf(fileId) };
        await mutate(client, CANCEL_UPLOAD, input, { fetchPolicy });
      }),
    discard: (fileId) => withFailure(() => deleteFile(client, fileId)),
    describe: (fileId, alt) => withFailure(() => describeFile(client, fileId, alt)),
    pause: pauseFor,
    measure,
  };
}

/** The upload of a file has the same id with another prefix. */
function uploadIdOf(fileId: string): string {
  return fileId.replace('fil_', 'upl_');
}

/** `Uploads` mutates its copy of the parts. */
function copyParts(parts: readonly Part[] | undefined): Part[] {
  return (parts ?? []).map((part) => ({ ...part }));
}
