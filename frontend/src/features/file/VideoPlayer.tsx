/** A video player with its final size and poster. Loads the video only on play. */
import { useState } from 'react';
import { m } from '../../paraglide/messages';
import { type File, fileLabel, formatSize } from './file';
import { boxOf } from './gallery';

interface Props {
  file: File;
  isPending: boolean;
}

export function VideoPlayer({ file, isPending }: Props) {
  const [box] = useState(() => boxOf(file));
  const poster = file.previews.at(-1)?.url;
  return (
    <figure className="max-w-full" style={{ width: Math.max(box.width, 240) }}>
      {/* biome-ignore lint/a11y/useMediaCaption: uploads have no captions. */}
      <video
        controls
        playsInline
        tabIndex={-1}
        preload={poster ? 'none' : 'metadata'}
        poster={poster}
        src={file.url}
        aria-label={fileLabel(file)}
        className="w-full rounded-xl border border-line bg-black"
        style={{ aspectRatio: box.aspect }}
      />
      <figcaption className="flex gap-2 pt-0.5 text-[12px] text-faint">
        <span className="min-w-0 truncate">{file.name}</span>
        <span className="shrink-0">{formatSize(file.size)}</span>
        {!isPending && (
          <a
            href={file.downloadUrl}
            download={file.name}
            tabIndex={-1}
            aria-label={m.file_download({ file: fileLabel(file) })}
            className="shrink-0 text-accent hover:underline"
          >
            {m.ui_download()}
          </a>
        )}
      </figcaption>
    </figure>
  );
}
