/** How events about files change the cache. */
import type { ApolloCache } from '@apollo/client';
import { FILE, type File } from './file';

/** A file as an event carries it, which does not say of what type its parts are. */
export function fileOfEvent(file: File): File {
  const previews = file.previews.map((one) => ({ ...one, __typename: 'FilePreview' as const }));
  return { ...file, __typename: 'File', previews };
}

/** Previews are made, or it is described differently; a file that was removed stays so. */
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
 * Nothing of it is left but that it was there. Modified and not written: what the cache otherwise keeps
 * from older answers (the `File` of `apollo/cache.ts`) has to go as well.
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

/** The lists of a channel's files are read again where they are on show. */
export function forgetChannelFiles(cache: ApolloCache, channelId: string): void {
  cache.evict({ id: `Channel:${channelId}`, fieldName: 'files' });
}
