/** How uploads speak with the server. */
import type { ApolloClient } from '@apollo/client';
import { failureOf } from '../../apollo/failure';
import { graphql } from '../../gql';
import { pause, pauseFor } from '../live/pause';
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
  query UploadById($workspaceId: ID!, $id: ID!) {
    upload(workspaceId: $workspaceId, id: $id) {
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
  // Addresses of parts are of no use to the cache, and objects of it are frozen.
  const fetchPolicy = 'no-cache';
  return {
    create: ({ id, name, size, type, isVoice }, sha256) =>
      refusals(async () => {
        const input = {
          ...{ workspaceId, id, name, size, isVoice },
          ...(type && { type }),
          ...(sha256 && { sha256 }),
        };
        const { data } = await client.mutate({
          mutation: CREATE_UPLOAD,
          variables: { input },
          fetchPolicy,
        });
        return copied(data?.createUpload.upload.parts);
      }),
    look: (id) =>
      refusals(async () => {
        const variables = { workspaceId, id };
        const { data } = await client.query({ query: UPLOAD_BY_ID, variables, fetchPolicy });
        return copied(data?.upload.parts);
      }),
    complete: (uploadId) =>
      refusals(async () => {
        const { data } = await client.mutate({
          mutation: COMPLETE_UPLOAD,
          variables: { input: { workspaceId, uploadId } },
        });
        return data?.completeUpload.file ?? null;
      }),
    cancel: (uploadId) =>
      refusals(async () => {
        const input = { workspaceId, uploadId };
        await client.mutate({ mutation: CANCEL_UPLOAD, variables: { input }, fetchPolicy });
      }),
    discard: (fileId) => refusals(() => deleteFile(client, workspaceId, fileId)),
    describe: (fileId, alt) => refusals(() => describeFile(client, workspaceId, fileId, alt)),
    pause: (attempt, seconds, signal) =>
      seconds === undefined ? pause(attempt, 0, signal) : pauseFor(seconds, signal),
    measure,
  };
}

async function refusals<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw failureOf(error);
  }
}

/** The engine marks in its copy what has arrived. */
function copied(parts: readonly Part[] | undefined): Part[] {
  return (parts ?? []).map((part) => ({ ...part }));
}
