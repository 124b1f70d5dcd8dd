/**
 * Messages made to hurt whoever reads them: what they become has bounds, and the page goes on.
 *
 * How long drawing takes is measured by `npm run proof`, on a machine that does nothing else.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bounds } from '../src/features/message/bounds';
import { launchBrowser, mayBeSkipped, missing, serverBinary } from './environment';
import { corpus, worst } from './hostile/corpus';
import type { Drawn } from './hostile/drawing';
import { type DrawingPage, openDrawingPage } from './hostile/page';
import { meet } from './meet';
import { Person } from './person';
import { Server } from './server';

type Drawing = { drawAndCount(text: string): Promise<Drawn> };

describe.skipIf(mayBeSkipped)(`hostile messages${missing && ` (${missing})`}`, () => {
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

  it('are many', () => {
    expect(new Set(corpus).size).toBeGreaterThan(500);
    for (const text of corpus) expect(text.length).toBeLessThanOrEqual(16_000);
  });

  it('become no more than the bounds allow, and something to see', async () => {
    const wrong: object[] = [];
    let mostPieces = 0;
    for (const [index, text] of corpus.entries()) {
      const drawn = await drawing.page.evaluate(
        (text) => (window as unknown as Drawing).drawAndCount(text),
        text,
      );
      mostPieces = Math.max(mostPieces, drawn.pieces);
      // A piece is an element with its text, and a text may stand before the next one.
      const mostNodes = bounds.nodes + 3 * bounds.pieces + 20;
      const fits =
        drawn.nodes <= mostNodes &&
        drawn.depth <= 2 * bounds.depth + 4 &&
        drawn.cells <= bounds.cells &&
        drawn.pieces <= bounds.pieces &&
        drawn.coloured <= 2 * bounds.coloured &&
        drawn.strange.length === 0 &&
        (drawn.visible || !/[^\s\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/u.test(text));
      if (!fits) wrong.push({ index, text: text.slice(0, 60), ...drawn });
    }
    expect(wrong).toEqual([]);
    // Code was coloured at all.
    expect(mostPieces).toBeGreaterThan(100);
  });

  it('do not keep a reader from what comes after them', async () => {
    const server = await Server.start(serverBinary());
    const ann = await Person.at(browser, server.origin, 'Ann');
    const ben = await Person.at(browser, server.origin, 'Ben');
    await meet(ann, ben);
    for (const text of [worst.code, worst.table]) {
      await ann.page.getByLabel('Message #general').fill(text);
      await ann.page.getByRole('button', { name: 'Send' }).click();
    }
    await ann.write('And then?');
    await ben.sees('And then?');
    await ben.write('Nothing.');
    await ann.sees('Nothing.');
    expect(await ben.feed().locator('td, th').count()).toBeLessThanOrEqual(bounds.cells);
    await ben.feed().getByRole('button', { name: 'Show more' }).first().click();
    await ben.feed().getByRole('button', { name: 'Show less' }).waitFor();
    expect([...ann.complaints, ...ben.complaints]).toEqual([]);
    await ann.leave();
    await ben.leave();
    await server.remove();
  });
});
