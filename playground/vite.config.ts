import { defineConfig } from 'vite';

// The output is committed and served from the binary: no host but our own, no source maps, and
// names that follow from the content, so that the same lock gives the same bytes everywhere.
export default defineConfig({
  base: '/playground/',
  build: {
    target: 'baseline-widely-available',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      // "use client" in libraries means nothing to a page without a server side.
      checks: { moduleLevelDirective: false },
    },
  },
  server: {
    proxy: { '/graphql': { target: 'http://127.0.0.1:8080', ws: true } },
  },
});
