/** The files of a message: an image gallery, and players or cards for other files. */
import { useEffect } from 'react';
import { m } from '../../paraglide/messages';
import { AudioPlayer } from './AudioPlayer';
import { FileCard } from './FileCard';
import { FileMenu } from './FileMenu';
import type { File } from './file';
import { Gallery } from './Gallery';
import { useUploadService } from './useUploads';
import { VideoPlayer } from './VideoPlayer';

interface Props {
  files: readonly File[];
  /** Still uploading, shown from this device. */
  isPending?: boolean;
}

export function MessageFiles({ files, isPending = false }: Props) {
  const existing = files.filter(({ removedAt }) => !removedAt);
  const removed = files.length - existing.length;
  const pictures = existing.filter(({ kind }) => kind === 'PICTURE');
  const others = existing.filter(({ kind }) => kind !== 'PICTURE');
  return (
    <div className="flex flex-col items-start gap-1.5 py-1">
      {pictures.length > 0 && <Gallery pictures={pictures} isPending={isPending} />}
      {others.map((file) => (
        <FileAttachment key={file.id} file={file} isPending={isPending} />
      ))}
      {removed > 0 && (
        <p className="text-faint italic">{m.file_message_files_deleted({ count: removed })}</p>
      )}
    </div>
  );
}

function FileAttachment({ file, isPending }: { file: File; isPending: boolean }) {
  const uploads = useUploadService();
  // Images release their local copy after painting; other files can release it now.
  useEffect(() => {
    if (!isPending) uploads.release(file.id);
  }, [uploads, isPending, file.id]);
  // A recording may use a video container.
  const isHeard = file.kind === 'AUDIO' || (file.kind === 'VIDEO' && file.isVoice);
  const Shown = isHeard ? AudioPlayer : file.kind === 'VIDEO' ? VideoPlayer : FileCard;
  return (
    <div className="flex w-full items-start gap-1">
      <Shown file={file} isPending={isPending} />
      {!isPending && (
        <span className="message-actions">
          <FileMenu file={file} tabIndex={-1} />
        </span>
      )}
    </div>
  );
}
