/**
 * Where the pictures of a message stand. Pure; from their proportions alone, so that the place of each
 * is right before one of them is loaded, and stays when better ones come.
 */

interface Measured {
  width?: number | null;
  height?: number | null;
}

export interface Box {
  /** In CSS pixels; the page may be narrower, the proportion stays. */
  width: number;
  /** Width by height. */
  aspect: number;
}

/** Where the size is not known: a usual picture. */
const usualAspect = 4 / 3;
/** A banner or a till receipt is cut, not shown as a line. */
const flattest = 3;
const slimmest = 0.45;

const widest = 420;
const highest = 340;
const lowest = 48;
const widestRow = 480;

export function aspectOf({ width, height }: Measured): number {
  if (!width || !height) return usualAspect;
  return Math.min(flattest, Math.max(slimmest, width / height));
}

/** The box of a picture that stands alone: never larger than it is, nor too small to point at. */
export function boxOf(picture: Measured): Box {
  const aspect = aspectOf(picture);
  const natural = picture.width && picture.height ? picture.width : widest;
  const width = Math.max(lowest, Math.min(widest, highest * aspect, natural));
  return { width: Math.round(width), aspect };
}

export interface GalleryRow<T> {
  pictures: readonly { picture: T; aspect: number }[];
  /** Of the whole row: as high as makes its pictures fill the width. */
  box: Box;
}

/** Rows of one to three, which differ by one at most, the shorter ones first. */
export function rowsOf<T extends Measured>(pictures: readonly T[]): GalleryRow<T>[] {
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
      // A row of its own shape would be too high or too flat.
      .map((picture) => ({ picture, aspect: Math.min(2, Math.max(0.6, aspectOf(picture))) }));
    const aspect = inRow.reduce((sum, one) => sum + one.aspect, 0);
    rows.push({ pictures: inRow, box: { width: widestRow, aspect: Math.max(aspect, 1.4) } });
    from += length;
  }
  return rows;
}
