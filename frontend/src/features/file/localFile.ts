/** Converts an upload in progress to the file shape that messages render. */
import type { File } from './file';
import { kindOfMediaType } from './file';
import type { Upload } from './upload';

export function fileOfUpload(upload: Upload, uploaderId: string): File {
  const { id, name, type, size, isVoice, alt, width, height, localUrl, file } = upload;
  if (file) return { ...file, width: width ?? file.width, height: height ?? file.height };
  return {
    __typename: 'File',
    ...{ id, name, type, size, isVoice, width, height, uploaderId },
    kind: kindOfMediaType(type),
    status: 'PROCESSING',
    isAnimated: false,
    alt: alt || null,
    durationMs: null,
    thumbhash: null,
    waveform: null,
    url: localUrl ?? '',
    downloadUrl: localUrl ?? '',
    previews: [],
    channelId: null,
    messageId: null,
    createdAt: '',
    removedAt: null,
  };
}
