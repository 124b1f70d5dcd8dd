/**
 * Hostile messages: their rendered output is bounded, and the page stays usable.
 *
 * `npm run proof` measures the rendering time on an otherwise idle machine.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bounds } from '../src/features/message/bounds';
import { describeEndToEnd } from './fixture';
import { corpus, worst } from './hostile/corpus';
import type { Drawn } from './hostile/drawing';
import { type DrawingPage, openDrawingPage } from './hostile/page';
import { createSharedWorkspace } from './setup';
import { TestUser } from './testUser';

type Drawing = { drawAndCount(text: string): Promise<Drawn> };

const [ann, ben] = [new TestUser('Ann'), new TestUser('Ben')];

describeEndToEnd('hostile messages', { users: [ann, ben] }, ({ browser }) => {
  let drawing: DrawingPage;

  beforeAll(async () => {
    drawing = await openDrawingPage(browser());
  });

  afterAll(async () => {
    await drawing?.close();
  });

  it('has a large corpus', () => {
    expect(new Set(corpus).size).toBeGreaterThan(500);
    for (const text of corpus) expect(text.length).toBeLessThanOrEqual(16_000);
  });

  it('renders within the bounds, and visibly', async () => {
    const wrong: object[] = [];
    let maxTokens = 0;
    for (const [index, text] of corpus.entries()) {
      const drawn = await drawing.page.evaluate(
        (text) => (window as unknown as Drawing).drawAndCount(text),
        text,
      );
      maxTokens = Math.max(maxTokens, drawn.tokens);
      // A token is an element with its text, possibly followed by another text.
      const maxNodes = bounds.nodes + 3 * bounds.highlightedTokens + 20;
      const fits =
        drawn.nodes <= maxNodes &&
        drawn.depth <= 2 * bounds.depth + 4 &&
        drawn.cells <= bounds.cells &&
        drawn.tokens <= bounds.highlightedTokens &&
        drawn.highlightedCharacters <= 2 * bounds.highlightedCharacters &&
        drawn.strange.length === 0 &&
        (drawn.visible || !/[^\s\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/u.test(text));
      if (!fits) wrong.push({ index, text: text.slice(0, 60), ...drawn });
    }
    expect(wrong).toEqual([]);
    // Code was highlighted at all.
    expect(maxTokens).toBeGreaterThan(100);
  });

  it('does not block later messages', async () => {
    await createSharedWorkspace(ann, ben);
    for (const text of [worst.code, worst.table]) {
      await ann.page.getByLabel('Message #general').fill(text);
      await ann.page.getByRole('button', { name: 'Send' }).click();
    }
    await ann.write('And then?');
    await ben.expectMessage('And then?');
    await ben.write('Nothing.');
    await ann.expectMessage('Nothing.');
    expect(await ben.feed().locator('td, th').count()).toBeLessThanOrEqual(bounds.cells);
    await ben.feed().getByRole('button', { name: 'Show more' }).first().click();
    await ben.feed().getByRole('button', { name: 'Show less' }).waitFor();
  });
});
