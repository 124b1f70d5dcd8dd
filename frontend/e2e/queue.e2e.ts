/** What one writes while the server's database is away: kept, said to be queued, and sent in the end. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, missing, serverBinary } from './environment';
import { Fleet, missingForFleet } from './fleet';
import { begin } from './meet';
import { Person } from './person';
import { Server } from './server';

const lacks = [missing, missingForFleet].filter(Boolean).join(', ');

describe.skipIf(lacks && !process.env.CI)(`the queue${lacks && ` (${lacks})`}`, () => {
  let fleet: Fleet;
  let server: Server;
  let browser: Browser;
  let ann: Person;

  beforeAll(async () => {
    fleet = await Fleet.start();
    server = await Server.start(serverBinary(), fleet.settings);
    browser = await launchBrowser();
    ann = await Person.at(browser, server.origin, 'Ann');
    await begin(ann);
    await ann.write('before');
    await ann.sees('before');
    // Only what the server has can be replied to: it must not wait with what comes later.
    await ann.message('before').hover();
    await ann.message('before').getByRole('button', { name: 'Reply in thread' }).waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
    await fleet?.remove();
  });

  it('says what waits, and shows it in its place when it has been decided', async () => {
    ann.serverIsAway = true;
    fleet.cut();
    await ann.write('first of two');
    const queued = ann.page.getByText('Queued: the server keeps it until its database is back.');
    await queued.first().waitFor();
    await ann.write('second of two');
    await expect.poll(() => queued.count()).toBe(2);
    // What is queued may be sent at any moment, so that it cannot be taken back.
    const outgoing = ann.page.getByRole('alert').filter({ has: queued });
    expect(await outgoing.getByRole('button').allInnerTexts()).toEqual(['Retry', 'Retry']);
    fleet.mend();
    await queued.first().waitFor({ state: 'detached' });
    await ann.sees('first of two');
    await ann.sees('second of two');
    await expect.poll(() => queued.count()).toBe(0);
    expect(await ann.texts('')).toEqual(['before', 'first of two', 'second of two']);
    await ann.page.reload();
    await ann.sees('second of two');
    expect(await ann.texts('')).toEqual(['before', 'first of two', 'second of two']);
  });
});
