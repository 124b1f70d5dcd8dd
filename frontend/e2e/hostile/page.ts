/** Builds the page that renders messages, and opens it in a browser. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import type { Browser, Page } from 'playwright-core';
import { build, preview } from 'vite';
import { messages } from '../../paraglide.config.ts';

export interface DrawingPage {
  page: Page;
  close(): Promise<void>;
}

export async function openDrawingPage(browser: Browser): Promise<DrawingPage> {
  const outDir = await mkdtemp(join(tmpdir(), 'confab-drawing-'));
  const common = {
    configFile: false as const,
    root: import.meta.dirname,
    logLevel: 'error' as const,
    build: {
      outDir,
      emptyOutDir: true,
      rollupOptions: { input: join(import.meta.dirname, 'drawing.html') },
    },
  };
  await build({ ...common, plugins: [messages(), react(), tailwindcss()] });
  const server = await preview({ ...common, preview: { host: '127.0.0.1', port: 0 } });
  const page = await browser.newPage();
  await page.goto(new URL('drawing.html', server.resolvedUrls?.local[0]).href);
  return {
    page,
    close: async () => {
      await page.close();
      await server.close();
      await rm(outDir, { recursive: true, force: true });
    },
  };
}
