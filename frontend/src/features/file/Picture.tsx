/**
 * A picture in a box whose place is known: what this device has of it or its blur, and above that the
 * true one as soon as it is there. Nothing moves or blinks when one takes the place of the other.
 */
import { type SyntheticEvent, useState } from 'react';
import { useWorkspace } from '../workspace/workspaceContext';
import { type File, labelOf } from './file';
import { LocalPicture } from './LocalPicture';
import { largestOriginal } from './motion';
import { Thumbhash } from './Thumbhash';
import { useUpload } from './useUploads';

interface Props {
  file: File;
  /** How wide it is shown, in CSS pixels. */
  width: number;
  /** Not yet on the server. */
  isPending: boolean;
  /** Whether it moves, if it can. */
  plays?: boolean;
  /** How it fills the box; `top` leaves its lower part out. */
  fit?: keyof typeof fits;
}

const fits = {
  cover: 'object-cover',
  top: 'object-cover object-top',
  contain: 'object-contain',
};

export function Picture({ file, width, isPending, plays = false, fit = 'cover' }: Props) {
  const { uploads } = useWorkspace();
  const local = useUpload(file.id)?.localUrl ?? null;
  const [failed, setFailed] = useState(false);
  // Such as HEIC, which most browsers do not know.
  const [unknown, setUnknown] = useState(false);
  const source = isPending ? null : sourceOf(file, plays);
  const fill = `absolute inset-0 size-full ${fits[fit]}`;
  const isPicture = file.kind === 'PICTURE';

  async function onLoad({ currentTarget }: SyntheticEvent<HTMLImageElement>) {
    if (!local) return;
    // Loaded is not yet painted.
    await currentTarget.decode().catch(() => {});
    uploads.release(file.id);
  }

  return (
    <>
      {local && isPicture && !unknown ? (
        <LocalPicture
          src={local}
          label={source ? '' : labelOf(file)}
          onError={() => setUnknown(true)}
          className={fill}
        />
      ) : (
        file.thumbhash && <Thumbhash hash={file.thumbhash} />
      )}
      {source && !failed && (
        <img
          src={source.src}
          {...(source.srcSet && { srcSet: source.srcSet, sizes: `${Math.round(width)}px` })}
          alt={labelOf(file)}
          decoding="async"
          draggable={false}
          onLoad={onLoad}
          onError={() => setFailed(true)}
          className={fill}
        />
      )}
      {failed && !local && (
        <span className="absolute inset-0 flex items-center justify-center p-2 text-center text-[12.5px] text-soft">
          {labelOf(file)}
        </span>
      )}
    </>
  );
}

/** Previews stand still: what is to move is shown as it is, and what is not waits for them. */
export function sourceOf(file: File, plays: boolean): { src: string; srcSet?: string } | null {
  const { previews, url, kind, size, isAnimated } = file;
  if (isAnimated && plays) return { src: url };
  const last = previews.at(-1);
  if (!last) {
    const mayBeShown = kind === 'PICTURE' && url !== '' && !isAnimated;
    return mayBeShown && size <= largestOriginal ? { src: url } : null;
  }
  return { src: last.url, srcSet: previews.map((p) => `${p.url} ${p.width}w`).join(', ') };
}
