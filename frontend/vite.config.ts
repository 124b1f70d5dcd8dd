/** Vite configuration: production build and development server. */
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { messages } from './paraglide.config.ts';

/** The server that `npm run dev` proxies to. */
const server = process.env.CONFAB_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [messages(), react(), tailwindcss()],
  build: {
    target: 'es2022',
    // The server sends `script-src 'self'`, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What most pages share of the messages is part of the first load. Each text would be a chunk of its own otherwise.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'base',
              test: /src\/(paraglide\/(messages\/ui_|runtime|registry)|ui\/RichText)/,
            },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      // Forwards Origin and Host unchanged, because the server compares them.
      '/media': { target: server },
      '/graphql': { target: server, ws: true },
    },
  },
});
