/** Gallery layout before images load. */
import { describe, expect, it } from 'vitest';
import { aspectOf, boxOf, galleryRows } from './gallery';

const picture = (width: number | null, height: number | null) => ({ width, height });
const shape = (count: number) =>
  galleryRows(Array.from({ length: count }, () => picture(400, 300))).map(
    (row) => row.pictures.length,
  );

describe('boxOf', () => {
  it.each([
    [4000, 3000, 420],
    [3000, 4000, 255],
    [100, 80, 100],
    [20, 20, 48],
  ])('lays out an image of %i × %i with a width of %i', (width, height, expected) => {
    expect(boxOf(picture(width, height)).width).toBe(expected);
  });

  it('never exceeds the maximum height', () => {
    for (const height of [1, 300, 5000, 100_000]) {
      const { width, aspect } = boxOf(picture(1000, height));
      expect(width / aspect).toBeLessThanOrEqual(341);
    }
  });

  it('falls back to 4:3 when the size is unknown', () => {
    expect(aspectOf(picture(null, null))).toBeCloseTo(4 / 3);
    expect(boxOf(picture(null, null))).toEqual(boxOf(picture(4000, 3000)));
  });
});

describe('galleryRows', () => {
  it.each([
    [0, []],
    [1, [1]],
    [2, [2]],
    [3, [3]],
    [4, [2, 2]],
    [5, [2, 3]],
    [7, [2, 2, 3]],
    [10, [2, 2, 3, 3]],
  ])('splits %i images into rows of %j', (count, rows) => {
    expect(shape(count)).toEqual(rows);
  });

  it('keeps all images in order', () => {
    const pictures = [1, 2, 3, 4, 5].map((n) => ({ ...picture(n * 100, 300), n }));
    expect(galleryRows(pictures).flatMap((row) => row.pictures.map((p) => p.picture.n))).toEqual([
      1, 2, 3, 4, 5,
    ]);
  });

  it('keeps rows of tall images wider than high', () => {
    for (const row of galleryRows([picture(10, 1000), picture(10, 1000)])) {
      expect(row.box.aspect).toBeGreaterThanOrEqual(1.2);
    }
  });
});
