/**
 * Two users join and talk while the server is killed, and nothing is lost or duplicated.
 */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeEndToEnd, effect } from './fixture';
import { countPaintedPixels } from './pixels';
import { createWorkspace, invite } from './setup';
import { TestUser } from './testUser';
import { unreadCount } from './unreadCount';

const [ann, ben] = [new TestUser('Ann'), new TestUser('Ben')];

describeEndToEnd('two users', { users: [ann, ben] }, ({ server }) => {
  it('register and join through an invite link', async () => {
    await ann.page.goto('/');
    await ann.page.getByText('The first account becomes the server admin').waitFor();
    await createWorkspace(ann);

    await ann.page.getByRole('button', { name: 'Create a channel' }).click();
    await ann.page.getByLabel('Name', { exact: true }).fill('Launch plan');
    await ann.page.getByRole('button', { name: 'Create', exact: true }).click();
    await ann.page.getByRole('heading', { name: 'launch-plan', level: 1 }).waitFor();

    const link = await invite(ann);
    await ann.page.getByRole('link', { name: 'launch-plan' }).click();

    await ben.page.goto(link);
    await ben.page.getByText('Ann invited you').waitFor();
    await ben.page.getByRole('link', { name: 'Create an account' }).click();
    await ben.register();
    await ben.page.getByRole('link', { name: 'Browse channels' }).click();
    await ben.page.getByRole('link', { name: 'launch-plan' }).click();
    await ben.page.getByRole('button', { name: 'Join channel' }).click();
    await ben.page.getByLabel('Message #launch-plan').waitFor();
  });

  it('send, edit, react and reply', async () => {
    await ann.write('Is *anybody* there?');
    await ben.expectMessage('Is anybody there?');
    await ben.write('Yes, @ann');
    await ann.expectMessage('Yes, @ann');

    await ann.page.getByLabel('Message #launch-plan').press('ArrowUp');
    await ann.write('Is anybody here?', 'Edit message');
    await ben.expectMessage('Is anybody here?');
    await ben.message('Is anybody here?').getByText('(edited)').waitFor();

    await ben.press('Is anybody here?', 'React with 👍');
    await ann.message('Is anybody here?').getByRole('button', { name: '👍, 1 reaction' }).click();
    await ben
      .message('Is anybody here?')
      .getByRole('button', { name: '👍, 2 reactions' })
      .waitFor();

    await ben.press('Is anybody here?', 'Reply in thread');
    await ben.write('In the thread', 'Reply');
    await ann
      .message('Is anybody here?')
      .getByRole('button', { name: /1 reply/ })
      .click();
    await ann.write('Also in the thread', 'Reply');
    const replies = ben.page.getByRole('feed', { name: 'Replies' });
    await replies.getByText('Also in the thread').waitFor();
    await ben
      .message('Is anybody here?')
      .getByRole('button', { name: /2 replies/ })
      .waitFor();
    for (const person of [ann, ben]) {
      await person.page.getByRole('button', { name: 'Close thread' }).click();
    }
  });

  it('see unread counts, and when they are cleared', async () => {
    const inList = (name: string) => ben.page.getByRole('navigation').getByRole('link', { name });
    await inList('general').click();
    await ben.page.getByLabel('Message #general').waitFor();
    await ben.page.reload();
    await ben.page.getByLabel('Message #general').waitFor();
    await ann.write('You are elsewhere, @ben');
    await inList('launch-plan (1 unread, 1 mention)').click();
    await ben.expectMessage('You are elsewhere, @ben');
    await ben.page.getByText('New', { exact: true }).waitFor();
    await inList('launch-plan').and(ben.page.locator(':not(:has-text("unread"))')).waitFor();
  });

  it('count messages in an open channel without focus exactly', async () => {
    const { page } = ben;
    const line = page.getByRole('navigation').getByRole('link', { name: /^launch-plan/ });
    await page.addInitScript(() => {
      if (sessionStorage.getItem('away') === 'true') document.hasFocus = () => false;
    });
    await simulateFocus(page, true);
    const written = ['One of three', 'Two of three, @ben', 'Three of three'];
    for (const text of written) await ann.write(text);
    for (const text of written) await ben.expectMessage(text);
    const unread = () => line.innerText().then((text) => text.replace(/\s+/g, ' '));
    await expect.poll(unread, effect).toContain('(3 unread, 1 mention)');
    // After a reload, the server's count is the same.
    await page.reload();
    await ben.expectMessage('Three of three');
    await expect.poll(unread, effect).toContain('(3 unread, 1 mention)');
    await ann.press('Two of three', 'Delete');
    await ann.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect.poll(unread, effect).toMatch(/\(2 unread\)/);
    await simulateFocus(page, false);
    await expect.poll(unread, effect).not.toContain('unread');
  });

  it('lose and duplicate nothing when the server is killed', async () => {
    const written: string[] = [];
    const both = async (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        for (const person of [ann, ben]) {
          const text = `No. ${String(i).padStart(2, '0')} of ${person.name}`;
          written.push(text);
          await person.write(text);
        }
      }
    };
    await both(0, 6);
    ann.isServerDown = true;
    ben.isServerDown = true;
    await server.kill();
    await both(6, 10);
    await ann.page.getByText('Reconnecting…').waitFor();
    await server.start();
    await both(10, 14);

    const expected = [...written].sort();
    for (const person of [ann, ben]) {
      await expect.poll(async () => (await person.texts('No. ')).sort(), effect).toEqual(expected);
      await expect.poll(() => person.page.getByText('Not sent').count(), effect).toBe(0);
      await expect.poll(() => person.page.getByText('Reconnecting…').count(), effect).toBe(0);
    }
    await expect.poll(() => ann.texts('No. '), effect).toEqual(await ben.texts('No. '));
    ann.isServerDown = false;
    ben.isServerDown = false;

    const order = await ann.texts('No. ');
    for (const person of [ann, ben]) {
      const mine = order.filter((text) => text.endsWith(person.name));
      expect(mine, `${person.name} wrote in this order`).toEqual([...mine].sort());
      await person.page.reload();
      await expect.poll(() => person.texts('No. '), effect).toEqual(order);
    }
  });

  it('see loaded messages without scrolling', async () => {
    const { page } = ann;
    // Otherwise the channel would open at the first unread message.
    await expect.poll(() => unreadCount(page), effect).toBe(0);
    for (let i = 0; i < 60; i++) {
      await ann.write(`Line ${i}: ${'words and more words '.repeat((i * 7) % 23)}`);
    }
    await ann.expectMessage('Line 59:');
    const outbox = () =>
      page.evaluate(() => Object.keys(localStorage).filter((key) => /outbox/.test(key)).length);
    await expect.poll(outbox, effect).toBe(0);
    for (const width of [1280, 390, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      await page.reload();
      const texts = ann.feed().locator('article .prose-message');
      await ann.message('Line 59:').waitFor();
      const shown = await texts.evaluateAll((all) =>
        all.flatMap((one, index) => {
          const { top, bottom } = one.getBoundingClientRect();
          return top > 80 && bottom < innerHeight - 80 ? [index] : [];
        }),
      );
      // Independent of the font size: no part of the list is blank.
      const [covered, room] = await ann.feed().evaluate((feed) => {
        const { top, bottom } = feed.getBoundingClientRect();
        const rows = [...feed.querySelectorAll('article')].map((row) =>
          row.getBoundingClientRect(),
        );
        const heights = rows.map((row) => Math.min(row.bottom, bottom) - Math.max(row.top, top));
        return [heights.reduce((sum, height) => sum + Math.max(0, height), 0), bottom - top];
      });
      expect(covered).toBeGreaterThan((room ?? 0) - 48);
      expect(shown.length).toBeGreaterThan(0);
      for (const index of shown.slice(-6)) {
        expect(await countPaintedPixels(texts.nth(index)), `text ${index}`).toBeGreaterThan(40);
      }
    }
  });
});

/** Simulates another window in front, by event and by property. */
async function simulateFocus(page: Page, away: boolean): Promise<void> {
  await page.evaluate((away) => {
    sessionStorage.setItem('away', String(away));
    document.hasFocus = () => !away;
    window.dispatchEvent(new Event(away ? 'blur' : 'focus'));
  }, away);
}
