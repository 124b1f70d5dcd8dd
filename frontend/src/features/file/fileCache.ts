/** Applies file events to the cache. */
import type { ApolloCache } from '@apollo/client';
import { FILE, type File } from './file';

/** Adds the type names that events omit. */
export function fileOfEvent(file: File): File {
  const previews = file.previews.map((one) => ({ ...one, __typename: 'FilePreview' as const }));
  return { ...file, __typename: 'File', previews };
}

/** Updates a file. Ignores updates of deleted files. */
export function writeFile(cache: ApolloCache, file: File): void {
  if (readFile(cache, file.id)?.removedAt) return;
  cache.writeFragment({
    id: `File:${file.id}`,
    fragment: FILE,
    fragmentName: 'File',
    data: fileOfEvent(file),
  });
}

export function readFile(cache: ApolloCache, id: string): File | null {
  return cache.readFragment({ id: `File:${id}`, fragment: FILE, fragmentName: 'File' });
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
