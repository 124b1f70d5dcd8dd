import { defineConfig } from 'vite';

// The output is committed and embedded in the binary: no external hosts, no source maps, and
// content-derived names, so that the same lockfile produces the same bytes everywhere.
export default defineConfig({
  base: '/playground/',
  build: {
    target: 'baseline-widely-available',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      // "use client" in libraries has no effect without server rendering.
      checks: { moduleLevelDirective: false },
      output: {
        codeSplitting: {
          // Our own code is a separate chunk, so that changing it does not change the large files.
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
