/** A file in a list: thumbnail, name, uploader, date and a link to its message. */
import { MessageSquareText } from 'lucide-react';
import { m } from '../../paraglide/messages';
import { IconButton } from '../../ui/Button';
import { shortTime } from '../../ui/time';
import { useToday } from '../../ui/useToday';
import { FileIcon } from './FileIcon';
import { FileMenu } from './FileMenu';
import { type File, fileLabel, formatDuration, formatSize } from './file';
import { openLightbox } from './lightboxState';
import { Picture } from './Picture';

interface Props {
  file: File;
  uploader: string;
  /** Opens the message of the file. */
  onJump(): void;
}

const name =
  'block max-w-full truncate text-left font-medium outline-none after:absolute after:inset-0 after:rounded-lg focus-visible:after:outline-2 focus-visible:after:outline-accent';

export function FileRow({ file, uploader, onJump }: Props) {
  const today = useToday();
  const { kind, type, size, durationMs, previews, isVoice, createdAt } = file;
  const label = isVoice ? m.file_voice_message() : file.name;
  const seen = kind === 'PICTURE' || previews.length > 0;
  return (
    <div className="group relative flex items-center gap-2.5 rounded-lg p-1.5 hover:bg-hover">
      <span className="relative inline-flex size-12 shrink-0 items-center justify-center overflow-hidden rounded-md bg-hover text-soft">
        {seen ? (
          // Decorative: the name is next to it.
          <span aria-hidden="true" className="absolute inset-0">
            <Picture file={file} width={48} isPending={false} />
          </span>
        ) : (
          <FileIcon kind={kind} type={type} />
        )}
      </span>
      <span className="min-w-0 flex-1">
        {kind === 'PICTURE' ? (
          <button
            type="button"
            dir="auto"
            title={fileLabel(file)}
            onClick={() => openLightbox([file], file.id)}
            className={name}
          >
            {label}
          </button>
        ) : (
          <a
            href={file.url}
            target="_blank"
            rel="noopener"
            dir="auto"
            title={fileLabel(file)}
            className={name}
          >
            {label}
          </a>
        )}
        <span className="block truncate text-[12px] text-faint">
          <bdi>{uploader}</bdi>, {shortTime(createdAt, today)} ·{' '}
          {durationMs ? formatDuration(durationMs) : formatSize(size)}
        </span>
      </span>
      <span className="relative z-1 flex shrink-0">
        {file.messageId && (
          <IconButton label={m.file_row_jump({ label })} onClick={onJump}>
            <MessageSquareText size={15} />
          </IconButton>
        )}
        <FileMenu file={file} />
      </span>
    </div>
  );
}
