/** Applies file events to the cache. */
import type { ApolloCache } from '@apollo/client';
import { FILE, type File } from './file';

/** A file in an event. Only its IDs are known if it has since been removed. */
type EventFile = Omit<File, '__typename' | 'kind' | 'uploaderId' | 'createdAt' | 'removedAt'> & {
  [Field in 'kind' | 'uploaderId' | 'createdAt']: File[Field] | null;
} & { isRemoved: boolean };

/** Returns the file of an event. Of a removed one, only the removal is shown. */
export function fileOfEvent(
  { isRemoved, kind, uploaderId, createdAt, ...file }: EventFile,
  { actorId, at }: { actorId: string; at: string },
): File {
  return {
    ...file,
    __typename: 'File',
    kind: kind ?? 'OTHER',
    uploaderId: uploaderId ?? actorId,
    createdAt: createdAt ?? at,
    removedAt: isRemoved ? at : null,
  };
}

/** Updates a file. Ignores updates of deleted files. */
export function writeFile(cache: ApolloCache, file: File): void {
  const known = { id: `File:${file.id}`, fragment: FILE, fragmentName: 'File' };
  if (!cache.readFragment(known)?.removedAt) cache.writeFragment({ ...known, data: file });
}

/**
 * Clears a deleted file. Uses `modify`, because the merge policies of `File` in `apollo/cache.ts` would
 * keep the old values on write.
 */
export function fileRemoved(cache: ApolloCache, id: string, at: string): void {
  cache.modify<File>({
    id: `File:${id}`,
    fields: {
      name: () => '',
      size: () => 0,
      alt: () => null,
      thumbhash: () => null,
      waveform: () => null,
      previews: () => [],
      removedAt: (known) => known ?? at,
    },
  });
}

/** Evicts the file lists of a channel. Visible lists are refetched. */
export function evictChannelFiles(cache: ApolloCache, channelId: string): void {
  cache.evict({ id: `Channel:${channelId}`, fieldName: 'files' });
}
