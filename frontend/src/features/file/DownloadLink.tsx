/** Downloads a file. */
import { Download } from 'lucide-react';
import { m } from '../../paraglide/messages';
import { type File, fileLabel } from './file';

interface Props {
  file: File;
  className?: string;
  /** -1 inside message lists, which have a single tab stop. */
  tabIndex?: number;
}

export function DownloadLink({ file, className = '', ...rest }: Props) {
  return (
    <a
      {...rest}
      href={file.downloadUrl}
      download={file.name}
      aria-label={m.file_download({ file: fileLabel(file) })}
      title={m.ui_download()}
      className={`inline-flex shrink-0 items-center justify-center ${className}`}
    >
      <Download size={16} aria-hidden="true" />
    </a>
  );
}

/** Its look in a message. */
export const downloadClass = 'size-8 rounded-md text-soft hover:bg-pressed hover:text-ink';
