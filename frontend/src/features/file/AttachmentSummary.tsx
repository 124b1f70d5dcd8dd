/** A one-line summary of the attachments of a message. */
import { Paperclip } from 'lucide-react';
import { m } from '../../paraglide/messages';
import { type File, summarizeFiles } from './file';

export function AttachmentSummary({ files }: { files: readonly File[] }) {
  const words = summarizeFiles(files);
  if (words === '') return null;
  return (
    <p className="flex items-center gap-1 text-[12.5px] text-faint">
      <Paperclip size={12} aria-hidden="true" className="shrink-0" />
      <span className="sr-only">{m.file_attachment_summary_label()} </span>
      <span className="truncate">{words}</span>
    </p>
  );
}
