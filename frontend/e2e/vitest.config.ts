/** End-to-end tests, one file at a time: each starts a server and a browser. */
import { defineConfig } from 'vitest/config';
import { messages } from '../paraglide.config.ts';

export default defineConfig({
  // Some tests import code of the client.
  plugins: [messages()],
  test: {
    root: import.meta.dirname,
    include: ['**/*.e2e.ts'],
    testTimeout: 180_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
