/** Animated images and emoji: every format, stopped by a button, by reduced motion, or by the setting. */
import type { Locator } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { apng, gif, webp } from './animations';
import { describeEndToEnd, effect } from './fixture';
import { execute } from './graphql';
import { createWorkspace } from './setup';
import { TestUser } from './testUser';

const ann = new TestUser('Ann', { viewport: { width: 1280, height: 900 } });

describeEndToEnd('animated images', { users: [ann] }, () => {
  beforeAll(() => createWorkspace(ann));

  it('have a still variant each', async () => {
    const { page } = ann;
    for (const file of [gif(), apng(), await webp(page)]) {
      await page.getByLabel('Files to attach').setInputFiles([file]);
      await ann.write(`This is ${file.name}`);
      // The preview is available.
      const sent = tile(file.name).getByRole('img', { name: file.name });
      await expect.poll(() => sent.getAttribute('src'), effect).toMatch(/^\/media\//);
    }
    await expect.poll(ready, effect).toBe(3);
  });

  /** Number of images with a still variant. */
  async function ready(): Promise<number> {
    const [, channelId] = /\/c\/([^/?]+)/.exec(ann.page.url()) ?? [];
    const { channel } = await execute<{ channel: { files: { nodes: { status: string }[] } } }>(
      ann.page,
      `query ($id: ID!) {
        channel(id: $id) { files { nodes { status } } }
      }`,
      { id: channelId },
    );
    return channel.files.nodes.filter(({ status }) => status === 'READY').length;
  }

  const tile = (name: string) => ann.message(`This is ${name}`);
  const picture = (place: Locator, name: string) => place.getByRole('img', { name });
  const shows = (image: Locator, form: RegExp) =>
    expect.poll(() => image.getAttribute('src'), effect).toMatch(form);
  const moves = async (image: Locator) => {
    const first = await image.screenshot();
    await expect.poll(async () => first.equals(await image.screenshot()), effect).toBe(false);
  };
  const names = ['moving.gif', 'moving.png', 'moving.webp'];

  it.each(names)('%s plays until stopped', async (name) => {
    const image = picture(tile(name), name);
    await shows(image, /original$/);
    await moves(image);
    await tile(name)
      .getByRole('button', { name: `Pause ${name}` })
      .click();
    await shows(image, /small$/);
    await tile(name)
      .getByRole('button', { name: `Play ${name}` })
      .click();
    await moves(image);
  });

  it.each(names)('%s stays still with reduced motion', async (name) => {
    const { page } = ann;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    // Earlier button presses are forgotten.
    await page.reload();
    const image = picture(tile(name), name);
    await shows(image, /small$/);
    await tile(name)
      .getByRole('button', { name: `Open ${name}` })
      .click();
    const large = page.getByRole('dialog');
    await shows(picture(large, name), /small$/);
    await large.getByRole('button', { name: 'Play', exact: true }).click();
    await moves(picture(large, name));
    await page.keyboard.press('Escape');
    await large.waitFor({ state: 'detached' });
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await shows(image, /original$/);
  });

  /** The emoji of the message and of its reaction. */
  const written = () => ann.message('Look at').locator('.prose-message img');
  const reaction = () =>
    ann.message('Look at').getByRole('button', { name: ':moving:, 1 reaction' }).locator('img');

  it('work as emoji in text, in the picker and as a reaction', async () => {
    const { page } = ann;
    const channel = page.url();
    await page.goto(channel.replace(/\/c\/.*/, '/emoji'));
    await page.getByLabel('Emoji image').setInputFiles([gif()]);
    await expect.poll(() => page.getByLabel('Name').inputValue(), effect).toBe('moving');
    const add = page.getByRole('button', { name: 'Add', exact: true });
    await expect.poll(() => add.isEnabled(), effect).toBe(true);
    await add.click();
    const listed = page.getByRole('list', { name: 'Custom emoji' });
    await listed.getByText(':moving:').waitFor();
    await moves(listed.locator('img'));

    await page.goto(channel);
    await ann.write('Look at :moving:');
    // Only a sent message has actions. Its row replaces that of the message being sent.
    const message = ann.message('Look at');
    await message.hover();
    await message.getByRole('button', { name: 'Add reaction', exact: true }).waitFor();
    await moves(written());
    await ann.press('Look at', 'Add reaction');
    const choice = page.getByRole('gridcell', { name: ':moving:', exact: true });
    await shows(choice.locator('img'), /original$/);
    await choice.click();
    await moves(reaction());
  });

  /** Changes the setting for animated images and emoji. */
  async function choose(plays: boolean): Promise<void> {
    const { page } = ann;
    const channel = page.url();
    await page.goto('/settings');
    const box = page.getByRole('checkbox', { name: /^Play animated images and emoji/ });
    await expect.poll(() => box.isChecked(), effect).toBe(!plays);
    await box.setChecked(plays);
    await page.goto(channel);
    await written().waitFor();
  }

  it('stay still when the setting is off, and play on request', async () => {
    const { page } = ann;
    await choose(false);
    for (const name of names) await shows(picture(tile(name), name), /small$/);
    await shows(written(), /small$/);
    await shows(reaction(), /small$/);
    await tile('moving.gif').getByRole('button', { name: 'Play moving.gif' }).click();
    await moves(picture(tile('moving.gif'), 'moving.gif'));

    await written().hover();
    await moves(written());
    await reaction().hover();
    await moves(reaction());
    await shows(written(), /small$/);
    await page.mouse.move(0, 0);
    await shows(reaction(), /small$/);

    // By keyboard: to the last message, then to its reaction.
    await tile('moving.webp').focus();
    await page.keyboard.press('End');
    await moves(written());
    await shows(reaction(), /small$/);
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowLeft');
    await moves(reaction());
    await shows(written(), /small$/);
    await page.keyboard.press('Escape');

    await ann.press('Look at', 'Add reaction');
    const choice = page.getByRole('gridcell', { name: ':moving:', exact: true });
    await shows(choice.locator('img'), /small$/);
    await choice.hover();
    await moves(choice.locator('img'));
    await page.keyboard.press('Escape');
    await choice.waitFor({ state: 'detached' });
  });

  it('play when the setting is on, despite reduced motion', async () => {
    const { page } = ann;
    await page.mouse.move(0, 0);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await choose(true);
    for (const name of names) await moves(picture(tile(name), name));
    await moves(written());
    await page.emulateMedia({ reducedMotion: 'no-preference' });
  });
});
