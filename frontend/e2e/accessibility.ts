/** The requirements for every page: no serious axe violations and no horizontal overflow. */
import axe from 'axe-core';
import { expect } from 'vitest';
import type { TestUser } from './testUser';

export async function expectAccessible({ page }: TestUser): Promise<void> {
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
