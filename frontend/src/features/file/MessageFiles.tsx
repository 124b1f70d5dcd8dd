/** The files of a message, each as what it is: seen, heard, or a card with the way to it. */
import { useEffect } from 'react';
import { useWorkspace } from '../workspace/workspaceContext';
import { AudioPlayer } from './AudioPlayer';
import { FileCard } from './FileCard';
import { FileMenu } from './FileMenu';
import type { File } from './file';
import { Gallery } from './Gallery';
import { VideoPlayer } from './VideoPlayer';

interface Props {
  files: readonly File[];
  /** Still on their way: shown from this device. */
  isPending?: boolean;
}

export function MessageFiles({ files, isPending = false }: Props) {
  const there = files.filter(({ removedAt }) => !removedAt);
  const removed = files.length - there.length;
  const pictures = there.filter(({ kind }) => kind === 'PICTURE');
  const others = there.filter(({ kind }) => kind !== 'PICTURE');
  return (
    <div className="flex flex-col items-start gap-1.5 py-1">
      {pictures.length > 0 && <Gallery pictures={pictures} isPending={isPending} />}
      {others.map((file) => (
        <One key={file.id} file={file} isPending={isPending} />
      ))}
      {removed > 0 && (
        <p className="text-faint italic">
          {removed === 1 ? 'A file was removed.' : `${removed} files were removed.`}
        </p>
      )}
    </div>
  );
}

function One({ file, isPending }: { file: File; isPending: boolean }) {
  const { uploads } = useWorkspace();
  // Only a picture has to be painted before what this device has of it may go.
  useEffect(() => {
    if (!isPending) uploads.release(file.id);
  }, [uploads, isPending, file.id]);
  // A recording may come in what is a container of videos, too.
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
