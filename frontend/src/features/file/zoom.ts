/** Enlarging and moving a picture in its window. Pure; points are from the middle of the window. */

export interface View {
  scale: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export const whole: View = { scale: 1, x: 0, y: 0 };

const largest = 8;

/** Enlarged by a factor; the point stays where it is on the screen. */
export function zoomAt(view: View, factor: number, at: { x: number; y: number }): View {
  const scale = Math.min(largest, Math.max(1, view.scale * factor));
  const grown = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * grown, y: at.y - (at.y - view.y) * grown };
}

/** Never so far that nothing of the picture is left, nor off the middle while it fits. */
export function keepInside({ scale, x, y }: View, picture: Size, window: Size): View {
  const reach = (size: number, room: number) => Math.max(0, (size * scale - room) / 2);
  const right = reach(picture.width, window.width);
  const down = reach(picture.height, window.height);
  const within = (value: number, most: number) =>
    most === 0 ? 0 : Math.min(most, Math.max(-most, value));
  return { scale, x: within(x, right), y: within(y, down) };
}

/** How large the picture stands in the window at a scale of one: whole, and never enlarged. */
export function fitted(natural: Size, window: Size): Size {
  if (natural.width === 0 || natural.height === 0) return window;
  const share = Math.min(1, window.width / natural.width, window.height / natural.height);
  return { width: natural.width * share, height: natural.height * share };
}
