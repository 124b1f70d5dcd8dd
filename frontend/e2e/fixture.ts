/**
 * The tests of a file, with a server, a browser and users. Requires the server's binary in CONFAB_BIN and Chromium.
 * Without them the tests are skipped; in CI they fail.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, missing } from './environment';
import { Server } from './server';
import type { TestUser } from './testUser';

/** How long an effect may take to be seen. */
export const effect = { timeout: 60_000 };

interface Options {
  users: readonly TestUser[];
  /** Settings of the server. */
  settings?: Record<string, string>;
  /** Flags of the browser. */
  flags?: readonly string[];
  /** The missing requirements as text; empty if there are none. */
  missing?: string;
  /** Errors that the tests provoke. */
  expectedErrors?: RegExp;
}

interface Place {
  server: Server;
  browser(): Browser;
}

export function describeEndToEnd(
  subject: string,
  options: Options,
  tests: (place: Place) => void,
): void {
  const { users, settings, flags, expectedErrors } = options;
  const lacking = options.missing ?? missing;
  const title = lacking ? `${subject} (${lacking})` : subject;
  describe.skipIf(lacking && !process.env.CI)(title, () => {
    const server = new Server(settings);
    let browser: Browser;

    beforeAll(async () => {
      await server.start();
      browser = await launchBrowser(flags);
      for (const user of users) await user.open(browser, server.origin);
    });

    afterAll(async () => {
      await browser?.close();
      await server.remove();
    });

    tests({ server, browser: () => browser });

    it('logs no console errors', () => {
      const errors = users.flatMap(({ consoleErrors }) => consoleErrors);
      expect(errors.filter((text) => !expectedErrors?.test(text))).toEqual([]);
    });
  });
}
