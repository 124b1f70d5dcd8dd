/** A document or other file: name, size, download link and a preview of the first page. */
import { m } from '../../paraglide/messages';
import { DownloadLink, downloadClass } from './DownloadLink';
import { FileIcon } from './FileIcon';
import { type File, formatSize, formatType } from './file';
import { boxOf } from './gallery';
import { Picture } from './Picture';

interface Props {
  file: File;
  isPending: boolean;
}

export function FileCard({ file, isPending }: Props) {
  const page = file.previews.at(-1);
  const details = `${formatType(file)}, ${formatSize(file.size)}`;
  return (
    <div className="w-full max-w-90 overflow-hidden rounded-xl border border-line bg-raised">
      {page && !isPending && (
        <a
          href={file.url}
          target="_blank"
          rel="noopener"
          tabIndex={-1}
          aria-label={m.file_open({ file: file.name })}
          className="relative block overflow-hidden border-b border-line bg-white"
          // Shows only the top of the first page.
          style={{ aspectRatio: Math.max(1.6, boxOf(page).aspect) }}
        >
          <Picture
            file={{ ...file, alt: m.file_card_first_page({ file: file.name }) }}
            width={360}
            isPending={false}
            fit="top"
          />
        </a>
      )}
      <div className="flex items-center gap-2.5 p-2.5">
        <span className="inline-flex size-9 shrink-0 items-center justify-center rounded-lg bg-hover text-soft">
          <FileIcon kind={file.kind} type={file.type} />
        </span>
        <span className="min-w-0 flex-1">
          <span dir="auto" title={file.name} className="block truncate font-medium">
            {file.name}
          </span>
          <span className="block truncate text-[12.5px] text-faint">
            {details}
            {file.alt && ` · ${file.alt}`}
          </span>
        </span>
        {!isPending && <DownloadLink file={file} tabIndex={-1} className={downloadClass} />}
      </div>
    </div>
  );
}
