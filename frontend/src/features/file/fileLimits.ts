/** How much may be uploaded: asked when somebody is about to, and again when they look it up. */
import { useQuery } from '@apollo/client/react';
import { graphql } from '../../gql';
import type { FileLimitsQuery } from '../../gql/graphql';
import { useWorkspace } from '../workspace/workspaceContext';
import { sizeInWords } from './file';

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

/** What the server begins with, until it has said otherwise. */
const usualAttachments = 10;

export function useFileLimits(wanted: boolean): FileLimits | null {
  const { id: workspaceId } = useWorkspace();
  const { data } = useQuery(FILE_LIMITS, { variables: { workspaceId }, skip: !wanted });
  return data?.workspace.fileLimits ?? null;
}

export interface Admitted<T> {
  files: T[];
  /** Which were left out, and why; one sentence each. */
  refused: string[];
}

/** Which of some files may go into a message that has `attached` already. Pure. */
export function admit<T extends { name: string; size: number }>(
  files: readonly T[],
  attached: number,
  limits: FileLimits | null,
): Admitted<T> {
  const refused: string[] = [];
  const fit = files.filter(({ name, size }) => {
    if (size === 0) refused.push(`${name} is empty.`);
    else if (limits && size > limits.fileBytes) {
      refused.push(
        `${name} is too large: it has ${sizeInWords(size)}, a file may have ${sizeInWords(limits.fileBytes)}.`,
      );
    } else return true;
    return false;
  });
  const most = limits?.attachmentsPerMessage ?? usualAttachments;
  const room = Math.max(0, most - attached);
  if (fit.length > room) {
    const over = fit.length - room;
    const which = over === 1 ? '1 was left out' : `${over} were left out`;
    refused.push(`A message takes at most ${most} files; ${which}.`);
  }
  return { files: fit.slice(0, room), refused };
}
