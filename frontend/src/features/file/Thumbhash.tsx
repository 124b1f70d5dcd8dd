/** The blurred placeholder of an image. */
import { useLayoutEffect, useRef } from 'react';
import { thumbHashToRGBA } from 'thumbhash';

/** Painted on a canvas, because a `data:` URL would require a weaker content security policy. */
export function Thumbhash({ hash }: { hash: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const painted = decode(hash);
    const context = canvas.current?.getContext('2d');
    if (!canvas.current || !context || !painted) return;
    canvas.current.width = painted.width;
    canvas.current.height = painted.height;
    context.putImageData(painted, 0, 0);
  }, [hash]);
  return (
    <span aria-hidden="true" className="absolute inset-0">
      <canvas ref={canvas} className="size-full" />
    </span>
  );
}

function decode(hash: string): ImageData | null {
  try {
    const bytes = Uint8Array.from(atob(hash), (char) => char.charCodeAt(0));
    const { w, h, rgba } = thumbHashToRGBA(bytes);
    return new ImageData(new Uint8ClampedArray(rgba), w, h);
  } catch {
    // An invalid hash leaves the background plain.
    return null;
  }
}
