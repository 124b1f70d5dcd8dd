/** Whether what one presses has room for a finger. */
import type { Page } from 'playwright-core';

/**
 * What on the screen is pressed and has less than 44 pixels in one direction, by its name. Links in the
 * text of a message are as high as its lines.
 */
export function tooSmall(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    // Half of it, less a pixel for edges that lie between two.
    const reach = 21;
    const pressed = 'a[href], button:enabled, select, [role=menuitem], [role=option]';
    const small: string[] = [];
    for (const one of document.querySelectorAll<HTMLElement>(pressed)) {
      if (one.closest('.prose-message')) continue;
      const { left, top, width, height } = one.getBoundingClientRect();
      const [x, y] = [left + width / 2, top + height / 2];
      const isAt = (dx: number, dy: number) =>
        one.contains(document.elementFromPoint(x + dx, y + dy));
      // Not shown, or something lies above it.
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
