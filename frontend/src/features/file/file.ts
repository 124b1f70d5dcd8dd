/** The file fragment, and formatting of file properties. */
import { useFragment } from '@apollo/client/react';
import { graphql } from '../../gql';
import type { FileFragment, FileKind } from '../../gql/graphql';
import { m } from '../../paraglide/messages';

export type File = FileFragment;

/** Omits `uploader`, which events do not include. */
export const FILE = graphql(`
  fragment File on File {
    id
    name
    type
    kind
    size
    status
    isVoice
    isAnimated
    alt
    width
    height
    durationMs
    thumbhash
    waveform
    url
    downloadUrl
    previews {
      size
      url
      width
      height
    }
    uploaderId
    channelId
    messageId
    createdAt
    removedAt
  }
`);

/** Watches a file in the cache. Returns null if it is not cached. */
export function useFile(id: string): File | null {
  const { data, complete } = useFragment({
    fragment: FILE,
    fragmentName: 'File',
    from: { __typename: 'File', id },
  });
  return complete ? (data as File) : null;
}

/** Derives the kind from the declared media type. The server detects the real kind later. */
export function kindOfMediaType(type: string): FileKind {
  if (type.startsWith('image/') && !type.startsWith('image/svg')) return 'PICTURE';
  if (type.startsWith('video/')) return 'VIDEO';
  if (type.startsWith('audio/')) return 'AUDIO';
  return /^(text\/|application\/(pdf|msword|rtf|vnd\.))/.test(type) ? 'DOCUMENT' : 'OTHER';
}

/** Multiples of 1024 bytes. */
const units = [m.file_size_kib, m.file_size_mib, m.file_size_gib, m.file_size_tib];

/** Formats a size as `1 byte`, `12 KiB` or `3.4 MiB`, as the server does. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit: (typeof units)[number] | undefined;
  for (const larger of units) {
    if (value < 1023.5) break;
    value /= 1024;
    unit = larger;
  }
  if (!unit) return m.file_size_bytes({ count: bytes });
  return unit({ size: value.toFixed(value < 9.95 ? 1 : 0) });
}

/** Formats a type as `PNG`, `PDF` or `ZIP`, by the extension or the media subtype. */
export function formatType({ name, type }: Pick<File, 'name' | 'type'>): string {
  const extension = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1];
  if (extension) return extension.toUpperCase();
  const half = type.split(/[/;]/)[1]?.replace(/^x-/, '') ?? '';
  return half === '' || half === 'octet-stream' ? m.file_type_unknown() : half.toUpperCase();
}

/** Formats a duration as `0:07`, `12:34` or `1:02:03`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** The accessible label of a file: its description, or else its name. */
export function fileLabel({ alt, name, isVoice }: Pick<File, 'alt' | 'name' | 'isVoice'>): string {
  return alt || (isVoice ? m.file_voice_message() : name);
}

/** Summarizes the files of a message without text. Ignores deleted files. */
export function summarizeFiles(
  files: readonly Pick<File, 'alt' | 'name' | 'isVoice' | 'removedAt'>[],
): string {
  const [first, ...others] = files.filter(({ removedAt }) => !removedAt);
  if (!first) return '';
  return others.length === 0
    ? fileLabel(first)
    : m.file_summary_and_more({ file: fileLabel(first), count: others.length });
}
