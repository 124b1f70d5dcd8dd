/** The blurred picture that stands where the true one is about to be. */
import { useLayoutEffect, useRef } from 'react';
import { thumbHashToRGBA } from 'thumbhash';

/** Painted on a canvas: a `data:` address would need a permission of its own. */
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
  return <canvas ref={canvas} aria-hidden="true" className="absolute inset-0 size-full" />;
}

function decode(hash: string): ImageData | null {
  try {
    const bytes = Uint8Array.from(atob(hash), (char) => char.charCodeAt(0));
    const { w, h, rgba } = thumbHashToRGBA(bytes);
    return new ImageData(new Uint8ClampedArray(rgba), w, h);
  } catch {
    // Without it the ground stays plain.
    return null;
  }
}
