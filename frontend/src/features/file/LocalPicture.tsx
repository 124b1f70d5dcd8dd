/** An image on this device. When animations are off, shows only the first frame. */
import { useEffect, useEffectEvent, useRef } from 'react';
import { usePlaysAnimations } from '../../ui/animations';

interface Props {
  src: string;
  /** Empty for decorative images. */
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
  const failed = useEffectEvent(() => onError?.());
  useEffect(() => {
    const picture = new Image();
    picture.onload = () => {
      const element = canvas.current;
      if (!element) return;
      element.width = picture.naturalWidth;
      element.height = picture.naturalHeight;
      // Draws the first frame of an animated image.
      element.getContext('2d')?.drawImage(picture, 0, 0);
    };
    picture.onerror = () => failed();
    picture.src = src;
    return () => {
      picture.onload = null;
      picture.onerror = null;
    };
  }, [src]);
  // Without a label it is hidden from screen readers, like an image with an empty `alt`.
  const named = label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true };
  return <canvas ref={canvas} {...named} className={className} />;
}
