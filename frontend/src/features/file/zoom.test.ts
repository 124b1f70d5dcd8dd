/** Enlarging and moving. */
import { describe, expect, it } from 'vitest';
import { fitted, keepInside, whole, zoomAt } from './zoom';

const window = { width: 1000, height: 800 };

describe('zoomAt', () => {
  it('leaves the point where it is', () => {
    const at = { x: 100, y: -50 };
    const view = zoomAt(whole, 2, at);
    // The point of the picture under the pointer, before and after.
    expect((at.x - view.x) / view.scale).toBe(100);
    expect((at.y - view.y) / view.scale).toBe(-50);
  });

  it('stays between the whole and eight times', () => {
    expect(zoomAt(whole, 0.1, { x: 0, y: 0 }).scale).toBe(1);
    expect(zoomAt(whole, 100, { x: 0, y: 0 }).scale).toBe(8);
  });
});

describe('keepInside', () => {
  it('keeps what fits in the middle', () => {
    const view = { scale: 1, x: 300, y: -300 };
    expect(keepInside(view, { width: 500, height: 400 }, window)).toEqual({ scale: 1, x: 0, y: 0 });
  });

  it('lets the rest be moved to its edges', () => {
    const view = { scale: 2, x: 9999, y: -9999 };
    expect(keepInside(view, { width: 1000, height: 600 }, window)).toEqual({
      scale: 2,
      x: 500,
      y: -200,
    });
  });
});

it('shows a picture whole and never larger than it is', () => {
  expect(fitted({ width: 4000, height: 2000 }, window)).toEqual({ width: 1000, height: 500 });
  expect(fitted({ width: 64, height: 64 }, window)).toEqual({ width: 64, height: 64 });
});
