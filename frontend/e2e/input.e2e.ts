/** Touch and keyboard input: taps hit visible targets, and the focus returns to where the user continues. */
import type { Locator } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeEndToEnd, effect } from './fixture';
import { createSharedWorkspace } from './setup';
import { TestUser } from './testUser';
import { undersizedTargets } from './touchTargets';

const ann = new TestUser('Ann');
// A phone: no hover, coarse pointer.
const ben = new TestUser('Ben', {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
});

describeEndToEnd('input', { users: [ann, ben] }, () => {
  beforeAll(() => createSharedWorkspace(ann, ben));

  it('shows the name of a new member at once', async () => {
    await ann.page.getByRole('link', { name: 'general' }).click();
    await ben.write('Here I am');
    await ann.expectMessage('Here I am');
    expect(await ann.message('Here I am').innerText()).toContain('Ben');
    expect(await ann.message('Here I am').innerText()).not.toContain('…');
  });

  describe('touch', () => {
    it('ignores taps on hidden buttons', async () => {
      await ann.write('Tap on me');
      await ben.expectMessage('Tap on me');
      const row = ben.message('Tap on me');
      const box = await boxOf(row);
      // At and beside the position of the buttons shown on hover.
      for (let x = box.x + 20; x < box.x + box.width - 60; x += 24) {
        for (const y of [box.y + 2, box.y + box.height / 2]) await ben.page.touchscreen.tap(x, y);
      }
      expect(await ben.page.getByRole('dialog').count()).toBe(0);
      expect(await row.getByRole('button', { name: /\d reactions?$/ }).count()).toBe(0);
    });

    it('opens message actions with large buttons, by button and long press', async () => {
      const { page } = ben;
      const more = ben.message('Tap on me').getByRole('button', { name: 'Message actions' });
      const size = await boxOf(more);
      expect(Math.min(size.width, size.height)).toBeGreaterThanOrEqual(44);
      await more.tap();
      const sheet = page.getByRole('dialog', { name: 'Message actions' });
      await sheet.waitFor();
      await waitForAnimations(sheet);
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

    it('has touch targets of at least 44 pixels', async () => {
      const { page } = ben;
      const expectLargeTargets = () =>
        expect.poll(() => undersizedTargets(page), effect).toEqual([]);
      await ann.write('Look at this');
      await ben.expectMessage('Look at this');
      await expectLargeTargets();
      await page.getByRole('button', { name: 'More', exact: true }).tap();
      await page.getByRole('menuitem', { name: 'Add people' }).waitFor();
      await expectLargeTargets();
      await page.keyboard.press('Escape');
      await page.getByRole('menu').waitFor({ state: 'detached' });
      const more = ben.message('Look at this').getByRole('button', { name: 'Message actions' });
      await more.tap();
      const sheet = page.getByRole('dialog', { name: 'Message actions' });
      await waitForAnimations(sheet);
      await sheet.getByRole('button', { name: 'Add reaction', exact: true }).tap();
      await page.getByRole('gridcell', { name: 'grinning face', exact: true }).waitFor();
      await expectLargeTargets();
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await sheet.waitFor({ state: 'detached' });

      await page.getByRole('link', { name: 'Back to channels' }).tap();
      await page.getByRole('link', { name: 'People' }).waitFor();
      await expectLargeTargets();
      await page.getByRole('link', { name: 'People' }).tap();
      await page.getByRole('heading', { name: 'People', level: 1 }).waitFor();
      await page.getByText('@ann').waitFor();
      await expectLargeTargets();
      await page.getByRole('link', { name: 'Back to channels' }).tap();
      await page.getByRole('link', { name: 'general' }).tap();
      await page.getByLabel('Message #general').waitFor();
    });
  });

  describe('keyboard', () => {
    const composer = () => ann.page.getByLabel('Message #general');
    const focused = (field: Locator) =>
      expect.poll(() => field.evaluate((one) => one === document.activeElement), effect).toBe(true);

    it('returns to the composer after saving or cancelling an edit', async () => {
      await ann.write('To be edited');
      await ann.expectMessage('To be edited');
      for (const end of ['Escape', 'Enter']) {
        await composer().press('ArrowUp');
        await ann.page.getByLabel('Edit message').waitFor();
        await ann.page.getByLabel('Edit message').press(end);
        await focused(composer());
      }
    });

    it('types into the composer when nothing has the focus', async () => {
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

    it('focuses the field of a dialog and accepts the best match with Enter', async () => {
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

  it('asks before removing a member, without moving the list', async () => {
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
      await page.getByRole('button', { name: 'More actions for Ben' }).click();
      await page.getByRole('menuitem', { name: item }).click();
      await page
        .getByRole('dialog', { name: title })
        .getByRole('button', { name: 'Cancel' })
        .click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    // Ben is still a member.
    await page.getByRole('link', { name: 'general' }).click();
    await ben.write('Still here');
    await ann.expectMessage('Still here');
  });
});

async function boxOf(element: Locator) {
  const box = await element.boundingBox();
  if (!box) throw new Error('element not found');
  return box;
}

/** Waits until its animations have finished. */
function waitForAnimations(element: Locator): Promise<void> {
  return element.evaluate(async (one) => {
    await Promise.all(one.getAnimations({ subtree: true }).map(({ finished }) => finished));
  });
}
