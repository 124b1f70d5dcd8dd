/** The file as the cache knows it, and how it is called for people. */
import { useFragment } from '@apollo/client/react';
import { graphql } from '../../gql';
import type { FileFragment, FileKind } from '../../gql/graphql';

export type File = FileFragment;

/** Without `uploader`, which events do not carry. */
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

/** The file as events have changed it, or null where the cache does not know it. */
export function useFile(id: string): File | null {
  const { data, complete } = useFragment({
    fragment: FILE,
    fragmentName: 'File',
    from: { __typename: 'File', id },
  });
  return complete ? (data as File) : null;
}

/** What a media type promises; what the bytes are, the server says later. */
export function kindOfType(type: string): FileKind {
  if (type.startsWith('image/') && !type.startsWith('image/svg')) return 'PICTURE';
  if (type.startsWith('video/')) return 'VIDEO';
  if (type.startsWith('audio/')) return 'AUDIO';
  return /^(text\/|application\/(pdf|msword|rtf|vnd\.))/.test(type) ? 'DOCUMENT' : 'OTHER';
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1 byte`, `12 KiB`, `3.4 MiB`: as the server says it of its limits. */
export function sizeInWords(bytes: number): string {
  if (bytes === 1) return '1 byte';
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** `PNG`, `PDF`, `ZIP`: the ending of the name, or the second half of the media type. */
export function typeInWords({ name, type }: Pick<File, 'name' | 'type'>): string {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1];
  if (ending) return ending.toUpperCase();
  const half = type.split(/[/;]/)[1]?.replace(/^x-/, '') ?? '';
  return half === '' || half === 'octet-stream' ? 'File' : half.toUpperCase();
}

/** `0:07`, `12:34`, `1:02:03`. */
export function durationInWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** What a screen reader says of a file: what it shows, or what it is called. */
export function labelOf({ alt, name, isVoice }: Pick<File, 'alt' | 'name' | 'isVoice'>): string {
  return alt || (isVoice ? 'Voice message' : name);
}

/** What a message without a text is called: its files, as far as they are still there. */
export function filesInWords(
  files: readonly Pick<File, 'alt' | 'name' | 'isVoice' | 'removedAt'>[],
): string {
  const [first, ...others] = files.filter(({ removedAt }) => !removedAt);
  if (!first) return '';
  return others.length === 0 ? labelOf(first) : `${labelOf(first)} and ${others.length} more`;
}
