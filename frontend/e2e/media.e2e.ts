/**
 * Files from one browser to the other: dropped, pasted, picked and recorded, in parts over a connection
 * that breaks; looked at closely, found again, and used as emoji and pictures of people.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Browser, Locator, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, mayBeSkipped, missing, serverBinary } from './environment';
import { meet } from './meet';
import { Person } from './person';
import { drop, paste, png, type TestFile } from './picture';
import { Server } from './server';
import { isSound } from './sound';

const effect = { timeout: 60_000 };

/** A microphone that beeps, which nobody has to allow. */
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

describe.skipIf(mayBeSkipped)(`media${missing && ` (${missing})`}`, () => {
  let server: Server;
  let browser: Browser;
  let ann: Person;
  let ben: Person;

  beforeAll(async () => {
    server = await Server.start(serverBinary());
    browser = await launchBrowser(fakeMicrophone);
    ann = await Person.at(browser, server.origin, 'Ann');
    ben = await Person.at(browser, server.origin, 'Ben');
    await meet(ann, ben);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('a picture that is dropped is seen in the other browser, with what it shows', async () => {
    await drop(channel(ann), [kite]);
    await describeFile(ann, 'kite.png', 'A red kite over a field');
    await send(ann, 'Look up');
    const seen = ben.message('Look up').getByRole('img', { name: 'A red kite over a field' });
    await seen.waitFor(effect);
    await expect.poll(() => isPainted(seen), effect).toBe(true);
    // What Ann sees comes from the server by now, too.
    const hers = ann.message('Look up').getByRole('img', { name: 'A red kite over a field' });
    await expect.poll(() => hers.getAttribute('src'), effect).toMatch(/^\/media\//);
    await expect.poll(() => ann.page.locator('img[src^="blob:"]').count(), effect).toBe(0);
  });

  it('what is below a picture does not move when it is loaded', async () => {
    const { page } = ben;
    const { promise, resolve } = gate();
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

  it('several that are pasted and picked go with one message, without a text', async () => {
    await paste(composer(ann), [png('image.png', 300, 200, 0x338833)]);
    await attached(ann)
      .getByText(/^Picture \d{4}-\d{2}-\d{2} .*\.png$/)
      .waitFor();
    await pick(ann, [boat, { ...kite, name: 'second kite.png' }]);
    await expect.poll(() => attached(ann).getByRole('listitem').count(), effect).toBe(3);
    await composer(ann).press('Enter');
    await ben.page.getByRole('button', { name: 'Open boat.png' }).waitFor(effect);
    await ben.page.getByRole('button', { name: 'Open second kite.png' }).waitFor();
  });

  it('the lightbox is led by keys, and gives the focus back', async () => {
    const { page } = ben;
    const tile = page.getByRole('button', { name: 'Open boat.png' });
    await tile.click();
    const box = page.getByRole('dialog');
    await box.getByRole('heading', { name: 'boat.png' }).waitFor();
    await box.getByText('2 of 3').waitFor();
    await isSound(ben);
    await page.keyboard.press('ArrowRight');
    await box.getByRole('heading', { name: 'second kite.png' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await box.getByText('1 of 3').waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('+');
    await box.getByText('140 %').waitFor();
    await page.keyboard.press('-');
    await box.getByText('100 %').waitFor();
    await page.mouse.move(640, 900);
    await page.mouse.wheel(0, -500);
    await expect.poll(() => box.getByText('100 %').count(), effect).toBe(0);
    await page.keyboard.press('0');
    await box.getByText('100 %').waitFor();
    await page.keyboard.press('Escape');
    await box.waitFor({ state: 'hidden' });
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    await expect.poll(focused, effect).toBe('Open boat.png');
  });

  it('a large file goes in parts, and on after the connection broke', async () => {
    const { page } = ann;
    ann.serverIsAway = true;
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
    ann.serverIsAway = false;
  });

  it('a message waits for its file, and lets later ones pass', async () => {
    const { page } = ann;
    const { promise, resolve } = gate();
    await onPut(page, async (route) => {
      await promise;
      await route.continue();
    });
    await pick(ann, [{ ...kite, name: 'slow.png' }]);
    await send(ann, 'With a slow file');
    const bar = ann.message('With a slow file').getByRole('progressbar', { name: /slow\.png/ });
    await bar.waitFor();
    await isSound(ann);
    await ann.write('Meanwhile');
    await ben.sees('Meanwhile');
    expect(await ben.message('With a slow file').count()).toBe(0);
    // Going elsewhere does not stop it.
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByRole('link', { name: 'general' }).click();
    await bar.waitFor();
    resolve();
    await ben.message('With a slow file').getByRole('img').first().waitFor(effect);
    await expect.poll(() => bar.count(), effect).toBe(0);
    await page.unroute(anywhere);
  });

  it('what the server refuses is said of the file, which can be retried or removed', async () => {
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
    await isSound(ann);
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

  it('a voice message is recorded, sent and played', async () => {
    const { page } = ann;
    await page.getByRole('button', { name: 'Record a voice message' }).click();
    await page.getByRole('timer').getByText('0:02').waitFor(effect);
    await isSound(ann);
    await page.getByRole('button', { name: 'Send voice message' }).click();
    await ben.page.getByRole('button', { name: 'Play Voice message' }).click(effect);
    await ben.page.getByRole('button', { name: 'Pause Voice message' }).waitFor(effect);
    await isSound(ben);
    // One that is canceled leaves nothing.
    await page.getByRole('button', { name: 'Record a voice message' }).click();
    await page.getByRole('timer').getByText('0:01').waitFor(effect);
    await page.keyboard.press('Escape');
    await page.getByRole('timer').waitFor({ state: 'hidden' });
    await ann.write('After the recording');
    await ben.sees('After the recording');
    expect(await ben.page.getByRole('slider', { name: /Voice message/ }).count()).toBe(1);
  });

  it('the files of the channel are found by kind, and lead to their messages', async () => {
    const { page } = ben;
    await page.getByRole('button', { name: 'Files', exact: true }).click();
    const panel = page.getByRole('complementary', { name: 'Files' });
    await panel.getByRole('link', { name: 'large.bin' }).waitFor(effect);
    await isSound(ben);
    await panel.getByText('Pictures', { exact: true }).click();
    await panel.getByRole('button', { name: 'boat.png', exact: true }).waitFor(effect);
    await expect.poll(() => panel.getByText('large.bin').count(), effect).toBe(0);
    await panel.getByRole('button', { name: 'Show kite.png in the conversation' }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get('m'), effect).toMatch(/^msg_/);
    await ben.message('Look up').waitFor();
    // A new one stands there by itself.
    await pick(ann, [{ ...boat, name: 'new boat.png' }]);
    await send(ann, 'Another');
    await panel.getByRole('button', { name: 'new boat.png', exact: true }).waitFor(effect);
    await page.getByRole('button', { name: 'Close files' }).click();
  });

  it('a file is described later, and removed for everyone', async () => {
    const another = ann.message('Another');
    await another.hover();
    await another.getByRole('button', { name: 'More about new boat.png' }).click();
    await ann.page.getByRole('menuitem', { name: 'Describe' }).click();
    const dialog = ann.page.getByRole('dialog', { name: 'Describe the file' });
    await dialog.getByLabel('What new boat.png shows').fill('A boat at the pier');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await ben.message('Another').getByRole('img', { name: 'A boat at the pier' }).waitFor(effect);
    await another.hover();
    await another.getByRole('button', { name: 'More about A boat at the pier' }).click();
    await ann.page.getByRole('menuitem', { name: 'Remove' }).click();
    await ann.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await ben.message('Another').getByText('A file was removed.').waitFor(effect);
    expect(await ben.message('Another').getByRole('img').count()).toBe(0);
  });

  it('what is attached outlives its page, and a text may be taken off its files', async () => {
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

  it('the workspace gets an emoji of its own', async () => {
    const { page } = ann;
    await openFromMenu(ann, 'Custom emoji');
    await page
      .getByLabel('Picture of the emoji')
      .setInputFiles({ ...png('Ship it.png', 64, 64, 0x118855) });
    await expect.poll(() => page.getByLabel('Name').inputValue(), effect).toBe('ship_it');
    const add = page.getByRole('button', { name: 'Add', exact: true });
    await expect.poll(() => add.isEnabled(), effect).toBe(true);
    await add.click();
    await page
      .getByRole('list', { name: 'Emoji of the workspace' })
      .getByText(':ship_it:')
      .waitFor();
    await isSound(ann);
    await page.getByRole('link', { name: 'general' }).click();

    await ann.write('We :ship_it: today');
    const sign = ben.message('We today').getByRole('img', { name: ':ship_it:' });
    await sign.first().waitFor(effect);
    await ben.press('We today', 'React');
    await ben.page.getByRole('button', { name: ':ship_it:', exact: true }).first().click();
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

  it('people and the workspace get pictures', async () => {
    const { page } = ann;
    await page.getByTitle('Your profile').click();
    await page
      .getByLabel('Picture', { exact: true })
      .setInputFiles(png('me.png', 200, 200, 0x8844aa));
    await page.getByText('Saved.').waitFor(effect);
    const besideHers = ben.feed().locator('span[aria-hidden] > img');
    await expect.poll(() => besideHers.count(), effect).toBeGreaterThan(0);
    await isSound(ann);
    await openFromMenu(ann, 'Workspace settings');
    await page.getByText(/^A file may have/).waitFor(effect);
    await page
      .getByLabel('Icon', { exact: true })
      .setInputFiles(png('icon.png', 128, 128, 0xaa4433));
    await page.getByText('Saved.').waitFor(effect);
    const menu = ben.page.getByRole('navigation').getByRole('button', { name: 'Acme' });
    await menu.locator('img[src^="/media/"]').waitFor(effect);
    await isSound(ann);
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
    await isSound(ann);
    for (const name of ['kite.png', 'small.bin']) {
      await page.getByRole('button', { name: new RegExp(`^(Cancel|Remove) ${name}$`) }).click();
    }
    await page.getByRole('button', { name: 'Files', exact: true }).click();
    await page.getByRole('complementary', { name: 'Files' }).waitFor();
    await isSound(ann);
    await page.getByRole('button', { name: 'Close files' }).click();
  });

  it('complain about nothing', () => {
    expect(ann.complaints).toEqual([]);
    expect(ben.complaints).toEqual([]);
  });
});

function channel({ page }: Person): Locator {
  return page.getByRole('region', { name: 'Channel', exact: true });
}

function composer({ page }: Person): Locator {
  return page.getByLabel('Message #general').and(page.locator('textarea'));
}

function attached({ page }: Person): Locator {
  return page.getByRole('list', { name: 'Attached files' });
}

/** Through the browser's own dialog. */
async function pick(person: Person, files: TestFile[]): Promise<void> {
  await channel(person).getByLabel('Files to attach').setInputFiles(files);
}

async function send(person: Person, text: string): Promise<void> {
  await composer(person).fill(text);
  await composer(person).press('Enter');
}

async function describeFile({ page }: Person, name: string, alt: string): Promise<void> {
  await page.getByRole('button', { name: `Describe ${name}` }).click();
  const dialog = page.getByRole('dialog', { name: 'Describe the file' });
  await dialog.getByLabel(`What ${name} shows`).fill(alt);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

async function openFromMenu({ page }: Person, place: string): Promise<void> {
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

/** Parts of files may be sent to any address. */
const anywhere = '**/*';

async function onPut(page: Page, act: (route: Route) => Promise<void>): Promise<void> {
  await page.route(anywhere, (route) =>
    route.request().method() === 'PUT' ? act(route) : route.fallback(),
  );
}

function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((open) => {
    resolve = open;
  });
  return { promise, resolve };
}
