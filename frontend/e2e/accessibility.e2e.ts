/**
 * Every page, in light and dark, wide and narrow: no serious axe violations, no horizontal overflow, no
 * console errors.
 */
import { beforeAll, describe, it } from 'vitest';
import { expectAccessible } from './accessibility';
import { describeEndToEnd } from './fixture';
import { createWorkspace, invite, openGeneral } from './setup';
import { TestUser } from './testUser';

const code =
  '```rust\n// Opens the lid.\nfn open(lid: &mut Lid) -> Result<u8, String> {\n    lid.turn(90)\n}\n```';
const long = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';

const themes = [
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'dark', width: 1440 },
  { colorScheme: 'light', width: 390 },
  { colorScheme: 'dark', width: 390 },
] as const;

const [ann, stranger] = [new TestUser('Ann'), new TestUser('Stranger')];

describeEndToEnd('accessibility', { users: [ann, stranger] }, () => {
  let link: string;
  let channel: string;

  beforeAll(async () => {
    const { page } = ann;
    await createWorkspace(ann);
    link = await invite(ann);
    await openGeneral(ann);
    for (const text of [
      code,
      `${long}${long}`,
      'Hello @ann, see `x` and https://example.com',
      '🎉',
    ]) {
      await ann.write(text);
    }
    await ann.write('> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nمرحبا');
    await ann.press('Hello', 'React with 👍');
    await ann.press('Hello', 'Reply in thread');
    await ann.write('In the thread', 'Reply');
    await ann
      .message('Hello')
      .getByRole('button', { name: /1 reply/ })
      .waitFor();
    await page.getByRole('button', { name: 'Close thread' }).click();
    channel = new URL(page.url()).pathname;
  });

  describe.each(themes)('$colorScheme, $width px', ({ colorScheme, width }) => {
    beforeAll(async () => {
      for (const { page } of [ann, stranger]) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: 900 });
      }
    });

    it.each([
      ['/sign-in', 'Sign in'],
      ['/register', 'Create your account'],
      ['invite', 'Join Acme'],
      ['/nowhere', 'Page not found'],
    ])('signed-out page %s', async (path, heading) => {
      await stranger.page.goto(path === 'invite' ? link : path);
      await stranger.page.getByRole('heading', { name: heading }).waitFor();
      await expectAccessible(stranger);
    });

    it.each([
      ['/activity', 'Activity'],
      ['/browse', 'Channels'],
      ['/people', 'People'],
      ['/profile', 'Your profile'],
      ['/emoji', 'Custom emoji'],
      ['/settings', 'Workspace settings'],
    ])('workspace page %s', async (path, heading) => {
      await ann.page.goto(channel.replace(/\/c\/.*/, path));
      await ann.page.getByRole('heading', { name: heading, level: 1 }).waitFor();
      await expectAccessible(ann);
    });

    it.each([
      ['/settings', 'Settings'],
      ['/new-workspace', 'Name your workspace'],
    ])('account page %s', async (path, heading) => {
      await ann.page.goto(path);
      await ann.page.getByRole('heading', { name: heading }).waitFor();
      await expectAccessible(ann);
    });

    it('channel, thread and menus', async () => {
      const { page } = ann;
      await page.goto(channel);
      await ann.message('quoted').waitFor();
      await page.locator('.hljs-keyword').first().waitFor();
      await expectAccessible(ann);

      const composer = page.getByLabel('Message #general').and(page.locator('textarea'));
      await composer.fill('@a');
      await page.getByRole('listbox', { name: 'People to mention' }).waitFor();
      await expectAccessible(ann);
      await composer.fill(':tad');
      await page.getByRole('option', { name: ':tada:' }).waitFor();
      await expectAccessible(ann);
      await composer.fill('');

      await ann.press('Hello', 'Add reaction');
      await page.getByRole('gridcell', { name: 'grinning face', exact: true }).waitFor();
      await expectAccessible(ann);
      await page.keyboard.press('Escape');

      await ann
        .message('Hello')
        .getByRole('button', { name: /1 reply/ })
        .click();
      await page.getByRole('feed', { name: 'Replies' }).getByText('In the thread').waitFor();
      await expectAccessible(ann);
    });

    it('search, from the first letter to the results', async () => {
      const { page } = ann;
      await page.goto(channel.replace(/\/c\/.*/, '/search'));
      const field = page.getByRole('combobox', { name: 'Search' });
      await page.getByText('Search filters').waitFor();
      await expectAccessible(ann);
      for (const [text, option] of [
        ['has', 'has:'],
        ['from:', 'me Ann'],
        ['in:#gen', 'general'],
        ['on:', 'today'],
      ] as const) {
        await field.fill(text);
        await page.getByRole('option', { name: option }).waitFor();
        await expectAccessible(ann);
      }
      await field.fill('hello from:me ');
      await page.getByRole('article').locator('mark').first().waitFor();
      await expectAccessible(ann);
      await field.fill(`hello ${long} has:nothing `);
      await page.getByText('Values of has: are link, image, file and reaction').waitFor();
      await expectAccessible(ann);
      await field.fill('ann');
      await page.getByRole('region', { name: 'Channels and people' }).waitFor();
      await expectAccessible(ann);
      await field.fill('nothingtobefound ');
      await page.getByText('Check the spelling').waitFor();
      await expectAccessible(ann);
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      const dialog = page.getByRole('dialog', { name: 'Save this search' });
      await dialog.getByLabel('Name').fill(long);
      await expectAccessible(ann);
      await dialog.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: 'Saved', exact: true }).waitFor();
      // Until then, it keeps the focus.
      await dialog.waitFor({ state: 'detached' });
      await field.press('Enter');
      await field.fill('');
      await page.getByRole('region', { name: 'Saved searches' }).waitFor();
      await page.getByRole('region', { name: 'Recent searches' }).waitFor();
      await expectAccessible(ann);
      await page.getByRole('button', { name: `Delete ${long}` }).click();
      const question = page.getByRole('dialog', { name: /^Delete the saved search/ });
      await question.waitFor();
      await expectAccessible(ann);
      await question.getByRole('button', { name: 'Delete', exact: true }).click();
      await page.getByRole('region', { name: 'Saved searches' }).waitFor({ state: 'detached' });
    });

    it('channel list and dialogs', async () => {
      const { page } = ann;
      await page.goto(width < 500 ? channel.replace(/\/c\/.*/, '') : channel);
      await page.getByRole('link', { name: 'general' }).waitFor();
      await expectAccessible(ann);
      for (const open of ['Create a channel', 'New message']) {
        await page.getByRole('button', { name: open }).click();
        await page.getByRole('dialog', { name: open }).waitFor();
        await expectAccessible(ann);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'hidden' });
      }
      for (const [keys, name] of [
        ['Control+k', 'Go to a channel or person'],
        ['Control+/', 'Keyboard shortcuts'],
      ] as const) {
        await page.keyboard.press(keys);
        await page.getByRole('dialog', { name }).waitFor();
        await expectAccessible(ann);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'hidden' });
      }
    });
  });
});
