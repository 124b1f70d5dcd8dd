/**
 * An image in a box of known size: the local copy or the blur first, then the loaded image on top, without
 * layout shift or flicker.
 */
import { type SyntheticEvent, useState } from 'react';
import { type File, fileLabel } from './file';
import { LocalPicture } from './LocalPicture';
import { maxAutoplayBytes } from './motion';
import { Thumbhash } from './Thumbhash';
import { useUpload, useUploadService } from './useUploads';

interface Props {
  file: File;
  /** Display width in CSS pixels. */
  width: number;
  /** Not uploaded yet. */
  isPending: boolean;
  /** Whether an animated image plays. */
  plays?: boolean;
  /** How it fills the box. `top` crops the lower part. */
  fit?: keyof typeof fits;
}

const fits = {
  cover: 'object-cover',
  top: 'object-cover object-top',
  contain: 'object-contain',
};

export function Picture({ file, width, isPending, plays = false, fit = 'cover' }: Props) {
  const uploads = useUploadService();
  const local = useUpload(file.id)?.localUrl ?? null;
  const [failed, setFailed] = useState(false);
  // The browser cannot decode it, such as HEIC in most browsers.
  const [isUndecodable, setUndecodable] = useState(false);
  const source = isPending ? null : sourceOf(file, plays);
  const fill = `absolute inset-0 size-full ${fits[fit]}`;
  const isPicture = file.kind === 'PICTURE';

  async function onLoad({ currentTarget }: SyntheticEvent<HTMLImageElement>) {
    if (!local) return;
    // Waits for decoding, because a loaded image is not painted yet.
    await currentTarget.decode().catch(() => {});
    uploads.release(file.id);
  }

  return (
    <>
      {local && isPicture && !isUndecodable ? (
        <LocalPicture
          src={local}
          label={source ? '' : fileLabel(file)}
          onError={() => setUndecodable(true)}
          className={fill}
        />
      ) : (
        file.thumbhash && <Thumbhash hash={file.thumbhash} />
      )}
      {source && !failed && (
        <img
          src={source.src}
          {...(source.srcSet && { srcSet: source.srcSet, sizes: `${Math.round(width)}px` })}
          alt={fileLabel(file)}
          decoding="async"
          draggable={false}
          onLoad={onLoad}
          onError={() => setFailed(true)}
          className={fill}
        />
      )}
      {failed && !local && (
        <span className="absolute inset-0 flex items-center justify-center p-2 text-center text-[12.5px] text-soft">
          {fileLabel(file)}
        </span>
      )}
    </>
  );
}

/** Previews are still images. A playing image uses the original; a paused one waits for its preview. */
export function sourceOf(file: File, plays: boolean): { src: string; srcSet?: string } | null {
  const { previews, url, kind, size, isAnimated } = file;
  if (isAnimated && plays) return { src: url };
  const last = previews.at(-1);
  if (!last) {
    const mayBeShown = kind === 'PICTURE' && url !== '' && !isAnimated;
    return mayBeShown && size <= maxAutoplayBytes ? { src: url } : null;
  }
  return { src: last.url, srcSet: previews.map((p) => `${p.url} ${p.width}w`).join(', ') };
}
