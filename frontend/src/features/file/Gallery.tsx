/** The images of a message in rows. Each opens the lightbox. */
import { useState } from 'react';
import { m } from '../../paraglide/messages';
import { FileMenu } from './FileMenu';
import { type File, fileLabel } from './file';
import { galleryRows } from './gallery';
import { openLightbox } from './lightboxState';
import { MotionButton, useMotion } from './motion';
import { Picture } from './Picture';
import { useUpload, useUploadService } from './useUploads';

interface Props {
  pictures: readonly File[];
  isPending: boolean;
}

export function Gallery({ pictures, isPending }: Props) {
  const rows = galleryRows(useInitialSizes(pictures));
  return (
    <div className="flex max-w-full flex-col gap-1">
      {rows.map(({ pictures: inRow, box }) => (
        <div
          key={inRow[0]?.picture.id}
          className="flex max-w-full gap-1"
          style={{ width: box.width, aspectRatio: box.aspect }}
        >
          {inRow.map(({ picture, aspect }) => (
            <Tile
              key={picture.id}
              file={picture}
              aspect={aspect}
              width={(box.width * aspect) / box.aspect}
              isPending={isPending}
              onOpen={() => openLightbox(pictures, picture.id)}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

/**
 * Keeps the dimensions known at mount, so that dimensions that become known later do not shift the layout.
 */
function useInitialSizes(pictures: readonly File[]): File[] {
  const uploads = useUploadService();
  const [first] = useState(
    // Uploads from this page were measured locally, possibly before the server did.
    () => new Map(pictures.map((p) => [p.id, sizeOf(p.width ? p : (uploads.get(p.id) ?? p))])),
  );
  return pictures.map((picture) => ({ ...picture, ...(first.get(picture.id) ?? sizeOf(picture)) }));
}

function sizeOf({ width, height }: Pick<File, 'width' | 'height'>) {
  return { width, height };
}

interface TileProps {
  file: File;
  aspect: number;
  width: number;
  isPending: boolean;
  onOpen(): void;
}

function Tile({ file, aspect, width, isPending, onOpen }: TileProps) {
  const upload = useUpload(file.id);
  const motion = useMotion(isPending ? null : file);
  const share = isPending && upload && upload.state !== 'done' ? upload.sent / upload.size : null;
  return (
    <div className="relative min-w-0" style={{ flex: `${aspect} 1 0` }}>
      <button
        type="button"
        tabIndex={-1}
        onClick={onOpen}
        disabled={isPending}
        aria-label={m.file_open({ file: fileLabel(file) })}
        title={file.alt || file.name}
        className="relative block size-full overflow-hidden rounded-xl border border-line bg-hover enabled:cursor-zoom-in"
      >
        <Picture file={file} width={width} isPending={isPending} plays={motion?.plays ?? false} />
        {share !== null && (
          <span
            aria-hidden="true"
            className="absolute inset-x-0 bottom-0 h-1 origin-left bg-accent transition-transform"
            style={{ transform: `scaleX(${share})` }}
          />
        )}
      </button>
      {motion && <MotionButton file={file} motion={motion} />}
      {!isPending && (
        <span className="message-actions absolute top-1.5 right-1.5 rounded-md bg-raised">
          <FileMenu file={file} tabIndex={-1} />
        </span>
      )}
    </div>
  );
}
