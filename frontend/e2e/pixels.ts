/** Checks that an element is actually painted: geometry can be right although nothing was painted. */
import type { Locator } from 'playwright-core';

/** Number of pixels that clearly differ from the corner pixel. */
export async function countPaintedPixels(element: Locator): Promise<number> {
  const page = element.page();
  const box = await element.boundingBox();
  if (!box) return 0;
  const clip = { ...box, width: Math.min(box.width, 400) };
  const picture = (await page.screenshot({ clip })).toString('base64');
  return page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    if (!context) return 0;
    context.drawImage(image, 0, 0);
    const { data: bytes } = context.getImageData(0, 0, image.width, image.height);
    let painted = 0;
    for (let at = 0; at < bytes.length; at += 4) {
      const difference = [0, 1, 2].reduce(
        (sum, channel) => sum + Math.abs((bytes[at + channel] ?? 0) - (bytes[channel] ?? 0)),
        0,
      );
      if (difference > 90) painted += 1;
    }
    return painted;
  }, picture);
}
