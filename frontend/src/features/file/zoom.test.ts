/** Zooming and panning. */
import { describe, expect, it } from 'vitest';
import { fitSize, fullView, keepInside, zoomAt } from './zoom';

const window = { width: 1000, height: 800 };

describe('zoomAt', () => {
  it('keeps the point under the pointer fixed', () => {
    const at = { x: 100, y: -50 };
    const view = zoomAt(fullView, 2, at);
    // The image point under the pointer does not change.
    expect((at.x - view.x) / view.scale).toBe(100);
    expect((at.y - view.y) / view.scale).toBe(-50);
  });

  it('limits the scale to 1 to 8', () => {
    expect(zoomAt(fullView, 0.1, { x: 0, y: 0 }).scale).toBe(1);
    expect(zoomAt(fullView, 100, { x: 0, y: 0 }).scale).toBe(8);
  });
});

describe('keepInside', () => {
  it('centres an image that fits', () => {
    const view = { scale: 1, x: 300, y: -300 };
    expect(keepInside(view, { width: 500, height: 400 }, window)).toEqual({ scale: 1, x: 0, y: 0 });
  });

  it('limits panning to the edges', () => {
    const view = { scale: 2, x: 9999, y: -9999 };
    expect(keepInside(view, { width: 1000, height: 600 }, window)).toEqual({
      scale: 2,
      x: 500,
      y: -200,
    });
  });
});

it('fits an image into the window without enlarging it', () => {
  expect(fitSize({ width: 4000, height: 2000 }, window)).toEqual({ width: 1000, height: 500 });
  expect(fitSize({ width: 64, height: 64 }, window)).toEqual({ width: 64, height: 64 });
});
