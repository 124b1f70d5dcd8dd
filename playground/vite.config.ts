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
      output: {
        codeSplitting: {
          // Our own code stands alone, so that a change to it leaves the large files as they are.
          groups: [
            { name: 'editor', test: /node_modules\/(monaco-editor|monaco-graphql)\// },
            { name: 'libraries', test: /node_modules\/(?!monaco-|prettier)|preload-helper/ },
          ],
        },
      },
    },
  },
  server: {
    proxy: { '/graphql': { target: 'http://127.0.0.1:8080', ws: true } },
  },
});
