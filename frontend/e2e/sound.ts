/** What every page is held to: axe finds nothing serious, and nothing runs out of the screen sideways. */
import axe from 'axe-core';
import { expect } from 'vitest';
import type { Person } from './person';

export async function isSound({ page }: Person): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(),
  );
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary}`),
    );
  expect(serious).toEqual([]);
  const tooWide = await page.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  );
  expect(tooWide, 'wider than the screen').toBe(0);
}
