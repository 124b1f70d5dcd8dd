/** Which files a message carries, in a line, where there is no room for them. */
import { Paperclip } from 'lucide-react';
import { type File, filesInWords } from './file';

export function FilesLine({ files }: { files: readonly File[] }) {
  const words = filesInWords(files);
  if (words === '') return null;
  return (
    <p className="flex items-center gap-1 text-[12.5px] text-faint">
      <Paperclip size={12} aria-hidden="true" className="shrink-0" />
      <span className="sr-only">With files: </span>
      <span className="truncate">{words}</span>
    </p>
  );
}
