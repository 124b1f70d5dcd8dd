/** The first frame of a picture that this device has, for those who want nothing to move. */
import { useEffect, useRef } from 'react';

interface Props {
  src: string;
  label: string;
  className: string;
  onError?(): void;
}

export function StillPicture({ src, label, className, onError }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const failed = useRef(onError);
  useEffect(() => {
    failed.current = onError;
  });
  useEffect(() => {
    const picture = new Image();
    picture.onload = () => {
      const element = canvas.current;
      if (!element) return;
      element.width = picture.naturalWidth;
      element.height = picture.naturalHeight;
      // Of a picture that moves, this is its first frame.
      element.getContext('2d')?.drawImage(picture, 0, 0);
    };
    picture.onerror = () => failed.current?.();
    picture.src = src;
    return () => {
      picture.onload = null;
      picture.onerror = null;
    };
  }, [src]);
  // Without a label it says nothing, as a picture with an empty `alt` does.
  const named = label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true };
  return <canvas ref={canvas} {...named} className={className} />;
}
