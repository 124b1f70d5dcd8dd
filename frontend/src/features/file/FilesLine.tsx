/** Which files a message carries, in a line, where there is no room for them. */
import { Paperclip } from 'lucide-react';
import { type File, filesInWords } from './file';

export function FilesLine({ files }: { files: readonly File[] }) {
  const there = files.filter(({ removedAt }) => !removedAt);
  if (there.length === 0) return null;
  return (
    <p className="flex items-center gap-1 text-[12.5px] text-faint">
      <Paperclip size={12} aria-hidden="true" className="shrink-0" />
      <span className="sr-only">With files: </span>
      <span className="truncate">{filesInWords(there)}</span>
    </p>
  );
}
