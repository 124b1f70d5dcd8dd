/** A picture that this device has; of one that moves the first frame, where nothing is to move by itself. */
import { useEffect, useRef } from 'react';
import { usePlaysAnimations } from '../../ui/animations';

interface Props {
  src: string;
  /** Empty where it says nothing. */
  label: string;
  className: string;
  onError?(): void;
}

export function LocalPicture(props: Props) {
  const { src, label, className, onError } = props;
  const plays = usePlaysAnimations();
  if (!plays) return <StillPicture {...props} />;
  return <img src={src} alt={label} decoding="sync" onError={onError} className={className} />;
}

function StillPicture({ src, label, className, onError }: Props) {
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
