/** Messages sent while the database is unavailable: kept, shown as queued, and finally sent. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, missing, serverBinary } from './environment';
import { Fleet, missingForFleet } from './fleet';
import { Server } from './server';
import { createWorkspace } from './setup';
import { TestUser } from './testUser';

const missingRequirements = [missing, missingForFleet].filter(Boolean).join(', ');

describe.skipIf(missingRequirements && !process.env.CI)(
  `queued messages${missingRequirements && ` (${missingRequirements})`}`,
  () => {
    let fleet: Fleet;
    let server: Server;
    let browser: Browser;
    let ann: TestUser;

    beforeAll(async () => {
      fleet = await Fleet.start();
      server = await Server.start(serverBinary(), fleet.settings);
      browser = await launchBrowser();
      ann = await TestUser.at(browser, server.origin, 'Ann');
      await createWorkspace(ann);
      await ann.write('before');
      await ann.expectMessage('before');
      // Replies need a stored message, so it must not wait in the queue.
      await ann.message('before').hover();
      await ann.message('before').getByRole('button', { name: 'Reply in thread' }).waitFor();
    });

    afterAll(async () => {
      await browser?.close();
      await server?.remove();
      await fleet?.remove();
    });

    it('are shown as queued, and in their place once decided', async () => {
      ann.isServerDown = true;
      fleet.cut();
      await ann.write('first of two');
      const queued = ann.page.getByText('Queued. The server will send it when it recovers.');
      await queued.first().waitFor();
      await ann.write('second of two');
      await expect.poll(() => queued.count()).toBe(2);
      // A queued message may be sent at any moment, so it cannot be withdrawn.
      const outgoing = ann.page.getByRole('alert').filter({ has: queued });
      expect(await outgoing.getByRole('button').allInnerTexts()).toEqual(['Retry', 'Retry']);
      fleet.mend();
      await queued.first().waitFor({ state: 'detached' });
      await ann.expectMessage('first of two');
      await ann.expectMessage('second of two');
      await expect.poll(() => queued.count()).toBe(0);
      expect(await ann.texts('')).toEqual(['before', 'first of two', 'second of two']);
      await ann.page.reload();
      await ann.expectMessage('second of two');
      expect(await ann.texts('')).toEqual(['before', 'first of two', 'second of two']);
    });
  },
);
