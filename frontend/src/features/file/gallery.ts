/**
 * Gallery layout, computed from aspect ratios alone, so that it is final before images load. Pure.
 */

interface Measured {
  width?: number | null;
  height?: number | null;
}

export interface Box {
  /** In CSS pixels. Shrinks on narrow pages with the same aspect ratio. */
  width: number;
  /** Width divided by height. */
  aspect: number;
}

/** Used when the size is unknown. */
const defaultAspect = 4 / 3;
/** Limits of the aspect ratio. Wider or taller images are cropped. */
const maxAspect = 3;
const minAspect = 0.45;

const maxWidth = 420;
const maxHeight = 340;
const minWidth = 48;
const maxRowWidth = 480;

export function aspectOf({ width, height }: Measured): number {
  if (!width || !height) return defaultAspect;
  return Math.min(maxAspect, Math.max(minAspect, width / height));
}

/** The box of a single image: never enlarged, and never too small to click. */
export function boxOf(picture: Measured): Box {
  const aspect = aspectOf(picture);
  const natural = picture.width && picture.height ? picture.width : maxWidth;
  const width = Math.max(minWidth, Math.min(maxWidth, maxHeight * aspect, natural));
  return { width: Math.round(width), aspect };
}

export interface GalleryRow<T> {
  pictures: readonly { picture: T; aspect: number }[];
  /** The box of the row, whose images fill the width. */
  box: Box;
}

/** Splits images into rows of one to three. Row lengths differ by at most one, shorter rows first. */
export function galleryRows<T extends Measured>(pictures: readonly T[]): GalleryRow<T>[] {
  if (pictures.length === 0) return [];
  const [only] = pictures;
  if (pictures.length === 1 && only) {
    const box = boxOf(only);
    return [{ pictures: [{ picture: only, aspect: box.aspect }], box }];
  }
  const count = Math.ceil(pictures.length / 3);
  const rows: GalleryRow<T>[] = [];
  let from = 0;
  for (let row = 0; row < count; row++) {
    const length = Math.floor((pictures.length - from) / (count - row));
    const inRow = pictures
      .slice(from, from + length)
      // Limits the aspect ratio, so that rows are neither too high nor too flat.
      .map((picture) => ({ picture, aspect: Math.min(2, Math.max(0.6, aspectOf(picture))) }));
    const aspect = inRow.reduce((sum, one) => sum + one.aspect, 0);
    rows.push({ pictures: inRow, box: { width: maxRowWidth, aspect: Math.max(aspect, 1.4) } });
    from += length;
  }
  return rows;
}
