/** Main-thread time of each hostile message. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from './environment';
import { corpus } from './hostile/corpus';
import { type DrawingPage, openDrawingPage } from './hostile/page';

/** Milliseconds. Browsers call anything longer a long task. */
const limit = 50;

/** Attempts per message, of which the fastest counts. */
const attempts = 3;

type Drawing = { draw(text: string): void };

let browser: Browser;
let drawing: DrawingPage;

beforeAll(async () => {
  browser = await launchBrowser();
  drawing = await openDrawingPage(browser);
});

afterAll(async () => {
  await drawing?.close();
  await browser?.close();
});

it('renders every hostile message within 50 ms of main-thread time', async () => {
  const { page } = drawing;
  const session = await page.context().newCDPSession(page);
  // CPU time of the thread, independent of other load.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
  };
  async function measure(text: string): Promise<number> {
    const times: number[] = [];
    for (let i = 0; i < attempts; i++) {
      const before = await busy();
      // A different text each time, because parsed texts are cached.
      const fresh = `${text}${'\n'.repeat(i)}`;
      await page.evaluate((text) => (window as unknown as Drawing).draw(text), fresh);
      times.push((await busy()) - before);
    }
    return Math.min(...times);
  }
  // Warm up the JIT compiler.
  for (const text of corpus.slice(0, 40)) await measure(text);
  const times: { text: string; time: number }[] = [];
  for (const text of corpus) {
    times.push({ text: JSON.stringify(text.slice(0, 40)), time: await measure(text) });
  }
  times.sort((a, b) => b.time - a.time);
  const at = (share: number) => times[Math.floor(times.length * (1 - share))]?.time.toFixed(1);
  console.log(`${times.length} messages: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest:`);
  for (const { text, time } of times.slice(0, 8)) console.log(`${time.toFixed(1)} ms  ${text}`);
  expect(times.filter(({ time }) => time > limit)).toEqual([]);
});
