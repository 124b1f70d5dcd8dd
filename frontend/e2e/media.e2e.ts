/**
 * Files between two browsers: dropped, pasted, picked and recorded, in parts over a broken connection;
 * opened, listed, and used as emoji and avatars.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Locator, Page, Route } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { expectAccessible } from './accessibility';
import { describeEndToEnd, effect } from './fixture';
import { createSharedWorkspace } from './setup';
import { drop, paste, png, type TestFile } from './testFiles';
import { TestUser } from './testUser';

/** A fake microphone that needs no permission. */
const fakeMicrophone = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
];

const kite = png('kite.png', 640, 480, 0x2266cc);
const boat = png('boat.png', 480, 640, 0xcc6622);
const large: TestFile = {
  name: 'large.bin',
  mimeType: 'application/octet-stream',
  // Three parts.
  buffer: randomBytes(36 * 1024 * 1024),
};

const small: TestFile = { ...large, name: 'small.bin', buffer: large.buffer.subarray(0, 1000) };

const [ann, ben] = [new TestUser('Ann'), new TestUser('Ben')];

describeEndToEnd('media', { users: [ann, ben], flags: fakeMicrophone }, () => {
  beforeAll(() => createSharedWorkspace(ann, ben));

  it('sends a dropped image with its description', async () => {
    await drop(channel(ann), [kite]);
    await describeFile(ann, 'kite.png', 'A red kite over a field');
    await send(ann, 'Look up');
    const seen = ben.message('Look up').getByRole('img', { name: 'A red kite over a field' });
    await seen.waitFor(effect);
    await expect.poll(() => isPainted(seen), effect).toBe(true);
    // By now, Ann's image comes from the server too.
    const hers = ann.message('Look up').getByRole('img', { name: 'A red kite over a field' });
    await expect.poll(() => hers.getAttribute('src'), effect).toMatch(/^\/media\//);
    await expect.poll(() => ann.page.locator('img[src^="blob:"]').count(), effect).toBe(0);
  });

  it('does not shift the layout when an image loads', async () => {
    const { page } = ben;
    const { promise, resolve } = deferred();
    await page.route('**/media/**', async (route) => {
      await promise;
      await route.continue();
    });
    await page.reload();
    const tile = ben.message('Look up').getByRole('button', { name: /^Open / });
    const picture = tile.getByRole('img');
    await tile.waitFor(effect);
    const before = await tile.boundingBox();
    expect(await isPainted(picture)).toBe(false);
    resolve();
    await expect.poll(() => isPainted(picture), effect).toBe(true);
    expect(await tile.boundingBox()).toEqual(before);
    expect(before?.width).toBeGreaterThan(100);
    await page.unroute('**/media/**');
  });

  it('sends several pasted and picked files in one message without text', async () => {
    await paste(composer(ann), [png('image.png', 300, 200, 0x338833)]);
    await attached(ann)
      .getByText(/^Image \d{4}-\d{2}-\d{2} .*\.png$/)
      .waitFor();
    await pick(ann, [boat, { ...kite, name: 'second kite.png' }]);
    await expect.poll(() => attached(ann).getByRole('listitem').count(), effect).toBe(3);
    await composer(ann).press('Enter');
    await ben.page.getByRole('button', { name: 'Open boat.png' }).waitFor(effect);
    await ben.page.getByRole('button', { name: 'Open second kite.png' }).waitFor();
  });

  it('navigates the lightbox by keyboard and restores the focus', async () => {
    const { page } = ben;
    const tile = page.getByRole('button', { name: 'Open boat.png' });
    await tile.click();
    const box = page.getByRole('dialog');
    await box.getByRole('heading', { name: 'boat.png' }).waitFor();
    await box.getByText('2 of 3').waitFor();
    await expectAccessible(ben);
    await page.keyboard.press('ArrowRight');
    await box.getByRole('heading', { name: 'second kite.png' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await box.getByText('1 of 3').waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('+');
    await box.getByText('140%').waitFor();
    await page.keyboard.press('-');
    await box.getByText('100%').waitFor();
    await page.mouse.move(640, 900);
    await page.mouse.wheel(0, -500);
    await expect.poll(() => box.getByText('100%').count(), effect).toBe(0);
    await page.keyboard.press('0');
    await box.getByText('100%').waitFor();
    await page.keyboard.press('Escape');
    await box.waitFor({ state: 'hidden' });
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    await expect.poll(focused, effect).toBe('Open boat.png');
  });

  it('uploads a large file in parts and resumes after a broken connection', async () => {
    const { page } = ann;
    ann.isServerDown = true;
    const puts: string[] = [];
    await onPut(page, async (route) => {
      puts.push(route.request().url());
      if (puts.length === 2) await route.abort('connectionreset');
      else await route.continue();
    });
    await pick(ann, [large]);
    await send(ann, 'A large one');
    const link = ben.message('A large one').getByRole('link', { name: 'Download large.bin' });
    await link.waitFor(effect);
    expect(puts.length).toBeGreaterThan(3);
    const href = (await link.getAttribute('href')) ?? '';
    const found = await ben.page.evaluate(async (href) => {
      const response = await fetch(href);
      const hash = await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
      const hex = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0'));
      return { hash: hex.join(''), disposition: response.headers.get('content-disposition') };
    }, href);
    expect(found.hash).toBe(createHash('sha256').update(large.buffer).digest('hex'));
    expect(found.disposition).toContain('attachment');
    await page.unroute(anywhere);
    ann.isServerDown = false;
  });

  it('holds a message for its file without blocking later ones', async () => {
    const { page } = ann;
    const { promise, resolve } = deferred();
    await onPut(page, async (route) => {
      await promise;
      await route.continue();
    });
    await pick(ann, [{ ...kite, name: 'slow.png' }]);
    await send(ann, 'With a slow file');
    const bar = ann.message('With a slow file').getByRole('progressbar', { name: /slow\.png/ });
    await bar.waitFor();
    await expectAccessible(ann);
    await ann.write('Meanwhile');
    await ben.expectMessage('Meanwhile');
    expect(await ben.message('With a slow file').count()).toBe(0);
    // Navigating away does not stop the upload.
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByRole('link', { name: 'general' }).click();
    await bar.waitFor();
    resolve();
    await ben.message('With a slow file').getByRole('img').first().waitFor(effect);
    await expect.poll(() => bar.count(), effect).toBe(0);
    await page.unroute(anywhere);
  });

  it('shows rejected uploads, which can be retried or removed', async () => {
    const { page } = ann;
    const refusal = 'This workspace has no room left: 1 GB of 1 GB is used.';
    const errors = [{ message: refusal, extensions: { code: 'PAYLOAD_TOO_LARGE' } }];
    await page.route('**/graphql', (route) =>
      route.request().postData()?.includes('mutation CreateUpload')
        ? route.fulfill({ json: { data: null, errors } })
        : route.fallback(),
    );
    await pick(ann, [
      { ...kite, name: 'again.png' },
      { ...kite, name: 'never.png' },
    ]);
    await expect.poll(() => attached(ann).getByText(refusal).count(), effect).toBe(2);
    expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
    await expectAccessible(ann);
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Remove never.png' }).click();
    await page.getByRole('button', { name: 'Retry again.png' }).click();
    await send(ann, 'It fits after all');
    await ben
      .message('It fits after all')
      .getByRole('button', { name: 'Open again.png' })
      .waitFor(effect);
    expect(await ben.message('It fits after all').getByRole('img').count()).toBe(1);
  });

  it('records, sends and plays a voice message', async () => {
    const { page } = ann;
    await page.getByRole('button', { name: 'Record a voice message' }).click();
    await page.getByRole('timer').getByText('0:02').waitFor(effect);
    await expectAccessible(ann);
    await page.getByRole('button', { name: 'Send voice message' }).click();
    await ben.page.getByRole('button', { name: 'Play Voice message' }).click(effect);
    await ben.page.getByRole('button', { name: 'Pause Voice message' }).waitFor(effect);
    await expectAccessible(ben);
    // A cancelled recording leaves nothing.
    await page.getByRole('button', { name: 'Record a voice message' }).click();
    await page.getByRole('timer').getByText('0:01').waitFor(effect);
    await page.keyboard.press('Escape');
    await page.getByRole('timer').waitFor({ state: 'hidden' });
    await ann.write('After the recording');
    await ben.expectMessage('After the recording');
    expect(await ben.page.getByRole('slider', { name: /Voice message/ }).count()).toBe(1);
  });

  it('lists the files of a channel by type, with links to their messages', async () => {
    const { page } = ben;
    await page.getByRole('button', { name: 'Files', exact: true }).click();
    const panel = page.getByRole('complementary', { name: 'Files' });
    await panel.getByRole('link', { name: 'large.bin' }).waitFor(effect);
    await expectAccessible(ben);
    await panel.getByText('Images', { exact: true }).click();
    await panel.getByRole('button', { name: 'boat.png', exact: true }).waitFor(effect);
    await expect.poll(() => panel.getByText('large.bin').count(), effect).toBe(0);
    await panel.getByRole('button', { name: 'View kite.png in conversation' }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get('m'), effect).toMatch(/^msg_/);
    await ben.message('Look up').waitFor();
    // A new file appears live.
    await pick(ann, [{ ...boat, name: 'new boat.png' }]);
    await send(ann, 'Another');
    await panel.getByRole('button', { name: 'new boat.png', exact: true }).waitFor(effect);
    await page.getByRole('button', { name: 'Close files' }).click();
  });

  it('describes a file later and removes it for everyone', async () => {
    const another = ann.message('Another');
    await another.hover();
    await another.getByRole('button', { name: 'More actions for new boat.png' }).click();
    await ann.page.getByRole('menuitem', { name: 'Edit description' }).click();
    const dialog = ann.page.getByRole('dialog', { name: 'Edit description' });
    await dialog.getByLabel('Description of new boat.png').fill('A boat at the pier');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await ben.message('Another').getByRole('img', { name: 'A boat at the pier' }).waitFor(effect);
    await another.hover();
    await another.getByRole('button', { name: 'More actions for A boat at the pier' }).click();
    await ann.page.getByRole('menuitem', { name: 'Delete file' }).click();
    await ann.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await ben.message('Another').getByText('A file was deleted.').waitFor(effect);
    expect(await ben.message('Another').getByRole('img').count()).toBe(0);
  });

  it('keeps attachments over a reload and allows removing the text', async () => {
    const { page } = ann;
    await pick(ann, [{ ...boat, name: 'kept.png' }]);
    await page.getByRole('button', { name: 'Remove kept.png' }).waitFor(effect);
    await page.reload();
    await attached(ann).locator('img[src^="/media/"]').waitFor(effect);
    await send(ann, 'Still here');
    const kept = ben.page.getByRole('button', { name: 'Open kept.png' });
    await ben.message('Still here').getByRole('button', { name: 'Open kept.png' }).waitFor(effect);
    await composer(ann).press('ArrowUp');
    await page.getByLabel('Edit message').fill('');
    await page.getByLabel('Edit message').press('Enter');
    await expect.poll(() => ben.message('Still here').count(), effect).toBe(0);
    expect(await kept.count()).toBe(1);
  });

  it('adds a custom emoji', async () => {
    const { page } = ann;
    await openFromMenu(ann, 'Custom emoji');
    await page.getByLabel('Emoji image').setInputFiles({ ...png('Ship it.png', 64, 64, 0x118855) });
    await expect.poll(() => page.getByLabel('Name').inputValue(), effect).toBe('ship_it');
    const add = page.getByRole('button', { name: 'Add', exact: true });
    await expect.poll(() => add.isEnabled(), effect).toBe(true);
    await add.click();
    await page.getByRole('list', { name: 'Custom emoji' }).getByText(':ship_it:').waitFor();
    await expectAccessible(ann);
    await page.getByRole('link', { name: 'general' }).click();

    await ann.write('We :ship_it: today');
    const sign = ben.message('We today').getByRole('img', { name: ':ship_it:' });
    await sign.first().waitFor(effect);
    await ben.press('We today', 'Add reaction');
    await ben.page.getByRole('gridcell', { name: ':ship_it:', exact: true }).click();
    await ann
      .message('We today')
      .getByRole('button', { name: ':ship_it:, 1 reaction' })
      .waitFor(effect);

    await openFromMenu(ann, 'Custom emoji');
    await page.getByRole('button', { name: 'Delete :ship_it:' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await ben.message('We :ship_it: today').waitFor(effect);
    await page.getByRole('link', { name: 'general' }).click();
  });

  it('sets avatars and the workspace icon', async () => {
    const { page } = ann;
    await page.getByTitle('Your profile').click();
    await page
      .getByLabel('Profile photo', { exact: true })
      .setInputFiles(png('me.png', 200, 200, 0x8844aa));
    await page.getByText('Saved.').waitFor(effect);
    const besideHers = ben.feed().locator('span[aria-hidden] > img');
    await expect.poll(() => besideHers.count(), effect).toBeGreaterThan(0);
    await expectAccessible(ann);
    await openFromMenu(ann, 'Workspace settings');
    await page.getByText(/^Maximum file size/).waitFor(effect);
    await page
      .getByLabel('Icon', { exact: true })
      .setInputFiles(png('icon.png', 128, 128, 0xaa4433));
    await page.getByText('Saved.').waitFor(effect);
    const menu = ben.page.getByRole('navigation').getByRole('button', { name: 'Acme' });
    await menu.locator('img[src^="/media/"]').waitFor(effect);
    await expectAccessible(ann);
    await page.getByRole('button', { name: 'Remove icon' }).click();
    await menu.locator('img').waitFor({ state: 'detached', ...effect });
    await page.getByRole('link', { name: 'general' }).click();
  });

  it.each([
    ['light', 1440],
    ['dark', 1440],
    ['light', 390],
    ['dark', 390],
  ] as const)('a channel of files is sound in %s, %i wide', async (colorScheme, width) => {
    const { page } = ann;
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 1600 });
    await pick(ann, [kite, small]);
    await attached(ann).getByText('small.bin').waitFor();
    await expectAccessible(ann);
    for (const name of ['kite.png', 'small.bin']) {
      await page.getByRole('button', { name: new RegExp(`^(Cancel|Remove) ${name}$`) }).click();
    }
    await page.getByRole('button', { name: 'Files', exact: true }).click();
    await page.getByRole('complementary', { name: 'Files' }).waitFor();
    await expectAccessible(ann);
    await page.getByRole('button', { name: 'Close files' }).click();
  });
});

function channel({ page }: TestUser): Locator {
  return page.getByRole('region', { name: 'Channel', exact: true });
}

function composer({ page }: TestUser): Locator {
  return page.getByLabel('Message #general').and(page.locator('textarea'));
}

function attached({ page }: TestUser): Locator {
  return page.getByRole('list', { name: 'Attached files' });
}

/** Selects files in the browser's file dialog. */
async function pick(person: TestUser, files: TestFile[]): Promise<void> {
  await channel(person).getByLabel('Files to attach').setInputFiles(files);
}

async function send(person: TestUser, text: string): Promise<void> {
  await composer(person).fill(text);
  await composer(person).press('Enter');
}

async function describeFile({ page }: TestUser, name: string, alt: string): Promise<void> {
  await page.getByRole('button', { name: `Add description of ${name}` }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit description' });
  await dialog.getByLabel(`Description of ${name}`).fill(alt);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

async function openFromMenu({ page }: TestUser, place: string): Promise<void> {
  await page.getByRole('navigation').getByRole('button', { name: 'Acme' }).click();
  await page.getByRole('menuitem', { name: place }).click();
  await page.getByRole('heading', { name: place, level: 1 }).waitFor();
}

function isPainted(image: Locator): Promise<boolean> {
  return image.first().evaluate((one) => {
    const { complete, naturalWidth } = one as HTMLImageElement;
    return complete && naturalWidth > 0;
  });
}

/** Parts may be uploaded to any URL. */
const anywhere = '**/*';

async function onPut(page: Page, act: (route: Route) => Promise<void>): Promise<void> {
  await page.route(anywhere, (route) =>
    route.request().method() === 'PUT' ? act(route) : route.fallback(),
  );
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((open) => {
    resolve = open;
  });
  return { promise, resolve };
}
