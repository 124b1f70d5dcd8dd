/** Pictures that move: in every format, in the message and large, stopped by a button or by the system. */
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './ask';
import { launchBrowser, mayBeSkipped, missing, serverBinary } from './environment';
import { begin } from './meet';
import { apng, gif, webp } from './moving';
import { Person } from './person';
import { Server } from './server';

const effect = { timeout: 60_000 };

describe.skipIf(mayBeSkipped)(`pictures that move${missing && ` (${missing})`}`, () => {
  let server: Server;
  let browser: Browser;
  let ann: Person;

  beforeAll(async () => {
    server = await Server.start(serverBinary());
    browser = await launchBrowser();
    ann = await Person.at(browser, server.origin, 'Ann', {
      viewport: { width: 1280, height: 900 },
    });
    await begin(ann);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('are sent, each with a form that stands still', async () => {
    const { page } = ann;
    for (const file of [gif(), apng(), await webp(page)]) {
      await page.getByLabel('Files to attach').setInputFiles([file]);
      await ann.write(`This is ${file.name}`);
      // Its preview is there.
      const sent = tile(file.name).getByRole('img', { name: file.name });
      await expect.poll(() => sent.getAttribute('src'), effect).toMatch(/^\/media\//);
    }
    await expect.poll(ready, effect).toBe(3);
  });

  /** How many of the pictures have a form that stands still. */
  async function ready(): Promise<number> {
    const [, workspaceId, channelId] = /\/w\/([^/]+)\/c\/([^/?]+)/.exec(ann.page.url()) ?? [];
    const { channel } = await ask<{ channel: { files: { nodes: { status: string }[] } } }>(
      ann.page,
      `query ($workspaceId: ID!, $id: ID!) {
        channel(workspaceId: $workspaceId, id: $id) { files { nodes { status } } }
      }`,
      { workspaceId, id: channelId },
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

  it.each(names)('%s moves until it is stopped', async (name) => {
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

  it.each(names)('%s stands still where that is asked for', async (name) => {
    const { page } = ann;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    // What was pressed before is forgotten.
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

  it('complain about nothing', () => {
    expect(ann.complaints).toEqual([]);
  });
});
