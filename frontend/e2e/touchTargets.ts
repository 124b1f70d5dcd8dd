/** Checks the size of touch targets. */
import type { Page } from 'playwright-core';

/**
 * The names of visible interactive elements below 44 pixels in one dimension. Links in message text are
 * exempt: they are as high as their lines.
 */
export function undersizedTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    // Half of 44, less one for edges between two pixels.
    const reach = 21;
    const pressed =
      'a[href], button:enabled, select, [role=menuitem], [role=option], [role=gridcell]';
    const small: string[] = [];
    for (const one of document.querySelectorAll<HTMLElement>(pressed)) {
      if (one.closest('.prose-message')) continue;
      const { left, top, width, height } = one.getBoundingClientRect();
      const [x, y] = [left + width / 2, top + height / 2];
      const isAt = (dx: number, dy: number) =>
        one.contains(document.elementFromPoint(x + dx, y + dy));
      // Hidden or covered.
      if (width === 0 || !isAt(0, 0)) continue;
      const outside = (dx: number, dy: number) =>
        x + dx < 0 || y + dy < 0 || x + dx >= innerWidth || y + dy >= innerHeight;
      const sides = [
        [0, -reach],
        [0, reach],
        [-reach, 0],
        [reach, 0],
      ] as const;
      if (sides.every(([dx, dy]) => outside(dx, dy) || isAt(dx, dy))) continue;
      const name = one.getAttribute('aria-label') ?? one.innerText;
      small.push(`${name.trim()}: ${Math.round(width)} × ${Math.round(height)}`);
    }
    return small;
  });
}
