/** By finger and by key: what is pressed is what was meant, and the focus is where one goes on. */
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, mayBeSkipped, missing, serverBinary } from './environment';
import { tooSmall } from './fingers';
import { meet } from './meet';
import { Person } from './person';
import { Server } from './server';

const effect = { timeout: 60_000 };

describe.skipIf(mayBeSkipped)(`hands${missing && ` (${missing})`}`, () => {
  let server: Server;
  let browser: Browser;
  let ann: Person;
  let ben: Person;

  beforeAll(async () => {
    server = await Server.start(serverBinary());
    browser = await launchBrowser();
    ann = await Person.at(browser, server.origin, 'Ann');
    // A phone: it points at nothing, and its pointer is coarse.
    const viewport = { width: 390, height: 844 };
    ben = await Person.at(browser, server.origin, 'Ben', {
      viewport,
      hasTouch: true,
      isMobile: true,
    });
    await meet(ann, ben);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('know a newcomer by name at once', async () => {
    await ann.page.getByRole('link', { name: 'general' }).click();
    await ben.write('Here I am');
    await ann.sees('Here I am');
    expect(await ann.message('Here I am').innerText()).toContain('Ben');
    expect(await ann.message('Here I am').innerText()).not.toContain('…');
  });

  describe('by finger', () => {
    it('press nothing that is not shown', async () => {
      await ann.write('Tap on me');
      await ben.sees('Tap on me');
      const row = ben.message('Tap on me');
      const box = await boxOf(row);
      // Where the buttons would be that a mouse is shown, and beside them.
      for (let x = box.x + 20; x < box.x + box.width - 60; x += 24) {
        for (const y of [box.y + 2, box.y + box.height / 2]) await ben.page.touchscreen.tap(x, y);
      }
      expect(await ben.page.getByRole('dialog').count()).toBe(0);
      expect(await row.getByRole('button', { name: /reaction/ }).count()).toBe(0);
    });

    it('have large buttons, after a button and after a rest', async () => {
      const { page } = ben;
      const more = ben.message('Tap on me').getByRole('button', { name: 'Message actions' });
      const size = await boxOf(more);
      expect(Math.min(size.width, size.height)).toBeGreaterThanOrEqual(44);
      await more.tap();
      const sheet = page.getByRole('dialog', { name: 'Message actions' });
      await sheet.waitFor();
      await still(sheet);
      for (const button of await sheet.getByRole('button').all()) {
        const { width, height } = await boxOf(button);
        expect(Math.min(width, height)).toBeGreaterThanOrEqual(44);
      }
      await sheet.getByRole('button', { name: 'React with 👍' }).tap();
      await ben.message('Tap on me').getByRole('button', { name: '👍, 1 reaction' }).waitFor();
      await sheet.waitFor({ state: 'detached' });

      const session = await page.context().newCDPSession(page);
      const { x, y } = await boxOf(ben.message('Tap on me').getByText('Tap on me'));
      const touchPoints = [{ x: x + 10, y: y + 5 }];
      await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
      await sheet.waitFor();
      await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
      await sheet.getByRole('button', { name: 'Reply in thread' }).tap();
      await page.getByRole('complementary', { name: 'Thread' }).waitFor();
      await page.getByRole('button', { name: 'Close thread' }).tap();
    });

    it('have room on everything that is pressed', async () => {
      const { page } = ben;
      const hasRoom = () => expect.poll(() => tooSmall(page), effect).toEqual([]);
      await ann.write('Look at this');
      await ben.sees('Look at this');
      await hasRoom();
      await page.getByRole('button', { name: 'More', exact: true }).tap();
      await page.getByRole('menuitem', { name: 'Add people' }).waitFor();
      await hasRoom();
      await page.keyboard.press('Escape');
      await page.getByRole('menu').waitFor({ state: 'detached' });
      const more = ben.message('Look at this').getByRole('button', { name: 'Message actions' });
      await more.tap();
      const sheet = page.getByRole('dialog', { name: 'Message actions' });
      await still(sheet);
      await sheet.getByRole('button', { name: 'React', exact: true }).tap();
      await page.getByRole('button', { name: 'grinning face', exact: true }).waitFor();
      await hasRoom();
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await sheet.waitFor({ state: 'detached' });

      await page.getByRole('link', { name: 'Back to the channel list' }).tap();
      await page.getByRole('link', { name: 'People' }).waitFor();
      await hasRoom();
      await page.getByRole('link', { name: 'People' }).tap();
      await page.getByRole('heading', { name: 'People', level: 1 }).waitFor();
      await page.getByText('@ann').waitFor();
      await hasRoom();
      await page.getByRole('link', { name: 'Back to the channel list' }).tap();
      await page.getByRole('link', { name: 'general' }).tap();
      await page.getByLabel('Message #general').waitFor();
    });
  });

  describe('by key', () => {
    const composer = () => ann.page.getByLabel('Message #general');
    const focused = (field: Locator) =>
      expect.poll(() => field.evaluate((one) => one === document.activeElement), effect).toBe(true);

    it('go on writing after an edit, and after leaving it', async () => {
      await ann.write('To be edited');
      await ann.sees('To be edited');
      for (const end of ['Escape', 'Enter']) {
        await composer().press('ArrowUp');
        await ann.page.getByLabel('Edit message').waitFor();
        await ann.page.getByLabel('Edit message').press(end);
        await focused(composer());
      }
    });

    it('write into the composer when nothing has the focus', async () => {
      await composer().press('Control+k');
      await ann.page.getByRole('dialog').waitFor();
      await ann.page.keyboard.press('Escape');
      await ann.page.getByRole('dialog').waitFor({ state: 'detached' });
      await focused(composer());
      await composer().evaluate((field) => (field as HTMLElement).blur());
      await ann.page.keyboard.type('hello');
      expect(await composer().inputValue()).toBe('hello');
      await composer().fill('');
    });

    it('write into a dialog as it opens, and choose the best match by Enter', async () => {
      const { page } = ann;
      await page.getByRole('button', { name: 'Create a channel' }).click();
      await focused(page.getByLabel('Name', { exact: true }));
      await page.keyboard.type('plans');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'plans', level: 1 }).waitFor();

      await page.getByRole('button', { name: 'Add people' }).click();
      await focused(page.getByLabel('People to add'));
      await page.keyboard.type('be');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Remove Ben' }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: /^2/ }).waitFor();
    });
  });

  it('are asked before somebody is removed, and nobody moves', async () => {
    const { page } = ann;
    await page.getByTitle('Members').click();
    const dialog = page.getByRole('dialog', { name: 'Members of #plans' });
    await dialog.getByRole('button', { name: 'Remove Ben' }).click();
    const question = page.getByRole('dialog', { name: 'Remove Ben from #plans?' });
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    expect(await dialog.getByText('Removed').count()).toBe(0);
    await dialog.getByRole('button', { name: 'Remove Ben' }).click();
    await question.getByRole('button', { name: 'Remove', exact: true }).click();
    await dialog.getByText('Removed').waitFor();
    expect(await dialog.getByRole('listitem').count()).toBe(2);
    await page.keyboard.press('Escape');

    await page.getByRole('link', { name: 'People' }).click();
    for (const [item, title] of [
      ['Make an owner…', 'Make Ben an owner?'],
      ['Remove from workspace…', 'Remove Ben from this workspace?'],
    ]) {
      await page.getByRole('button', { name: 'More about Ben' }).click();
      await page.getByRole('menuitem', { name: item }).click();
      await page
        .getByRole('dialog', { name: title })
        .getByRole('button', { name: 'Cancel' })
        .click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    // He is still here.
    await page.getByRole('link', { name: 'general' }).click();
    await ben.write('Still here');
    await ann.sees('Still here');
  });

  it('complain about nothing', () => {
    expect(ann.complaints).toEqual([]);
    expect(ben.complaints).toEqual([]);
  });
});

async function boxOf(element: Locator) {
  const box = await element.boundingBox();
  if (!box) throw new Error('it is not on the page');
  return box;
}

/** Waits until it has come to rest. */
function still(element: Locator): Promise<void> {
  return element.evaluate(async (one) => {
    await Promise.all(one.getAnimations({ subtree: true }).map(({ finished }) => finished));
  });
}
