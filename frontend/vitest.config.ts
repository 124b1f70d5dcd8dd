/** Unit test configuration, with happy-dom as the environment. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { messages } from './paraglide.config.ts';

export default defineConfig({
  plugins: [messages(), react()],
  test: {
    environment: 'happy-dom',
    // Testing Library unmounts everything after each test if there is a global `afterEach`.
    globals: true,
    setupFiles: 'vitest.setup.ts',
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    unstubGlobals: true,
  },
});
