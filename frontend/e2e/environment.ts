/** Locates the server's binary and the browser, and decides whether tests are skipped without them. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** The missing requirements as text; empty if there are none. */
export const missing = [
  ...(process.env.CONFAB_BIN ? [] : ['CONFAB_BIN is not set']),
  ...(existsSync(executablePath) ? [] : [`there is no Chromium at ${executablePath}`]),
].join(', ');

/** In CI, a test with missing requirements fails. */
export const canBeSkipped = missing !== '' && !process.env.CI;

export function serverBinary(): string {
  const binary = process.env.CONFAB_BIN;
  if (!binary || missing) throw new Error(missing);
  return binary;
}

export function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath, args: [...flags, ...more] });
}
