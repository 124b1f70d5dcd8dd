/** Zooms and pans an image in a window. Coordinates are relative to the window's center. Pure. */

export interface View {
  scale: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export const fullView: View = { scale: 1, x: 0, y: 0 };

const maxScale = 8;

/** Zooms by a factor around a fixed point. */
export function zoomAt(view: View, factor: number, at: { x: number; y: number }): View {
  const scale = Math.min(maxScale, Math.max(1, view.scale * factor));
  const grown = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * grown, y: at.y - (at.y - view.y) * grown };
}

/** Limits panning to the image's edges, and centres an image that fits. */
export function keepInside({ scale, x, y }: View, picture: Size, window: Size): View {
  const reach = (size: number, room: number) => Math.max(0, (size * scale - room) / 2);
  const right = reach(picture.width, window.width);
  const down = reach(picture.height, window.height);
  const within = (value: number, most: number) =>
    most === 0 ? 0 : Math.min(most, Math.max(-most, value));
  return { scale, x: within(x, right), y: within(y, down) };
}

/** The size of the image at scale 1: fits the window and is never enlarged. */
export function fitSize(natural: Size, window: Size): Size {
  if (natural.width === 0 || natural.height === 0) return window;
  const share = Math.min(1, window.width / natural.width, window.height / natural.height);
  return { width: natural.width * share, height: natural.height * share };
}
