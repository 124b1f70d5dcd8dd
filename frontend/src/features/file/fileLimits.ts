/** Upload limits, loaded when they are first needed. */
import { useQuery } from '@apollo/client/react';
import { graphql } from '../../gql';
import type { FileLimitsQuery } from '../../gql/graphql';
import { m } from '../../paraglide/messages';
import { useWorkspace } from '../workspace/workspaceContext';
import { formatSize } from './file';

export type FileLimits = FileLimitsQuery['workspace']['fileLimits'];

export const FILE_LIMITS = graphql(`
  query FileLimits($workspaceId: ID!) {
    workspace(id: $workspaceId) {
      id
      fileLimits {
        fileBytes
        memberBytes
        memberBytesUsed
        workspaceBytes
        workspaceBytesUsed
        attachmentsPerMessage
      }
    }
  }
`);

/** The server's default, used until the limits are loaded. */
const defaultMaxAttachments = 10;

export function useFileLimits(wanted: boolean): FileLimits | null {
  const { id: workspaceId } = useWorkspace();
  const { data } = useQuery(FILE_LIMITS, { variables: { workspaceId }, skip: !wanted });
  return data?.workspace.fileLimits ?? null;
}

export interface CheckedAttachments<T> {
  files: T[];
  /** One message per rejected file. */
  rejected: string[];
}

/** Checks files against the limits of a message that already has `attached` files. Pure. */
export function checkAttachments<T extends { name: string; size: number }>(
  files: readonly T[],
  attached: number,
  limits: FileLimits | null,
): CheckedAttachments<T> {
  const rejected: string[] = [];
  const accepted = files.filter(({ name, size }) => {
    if (size === 0) rejected.push(m.file_limits_empty({ name }));
    else if (limits && size > limits.fileBytes) {
      rejected.push(
        m.file_limits_too_large({
          name,
          size: formatSize(size),
          limit: formatSize(limits.fileBytes),
        }),
      );
    } else return true;
    return false;
  });
  const limit = limits?.attachmentsPerMessage ?? defaultMaxAttachments;
  const room = Math.max(0, limit - attached);
  if (accepted.length > room) {
    const over = accepted.length - room;
    rejected.push(m.file_limits_too_many({ count: over, limit }));
  }
  return { files: accepted.slice(0, room), rejected };
}
