/** How the web client is built: `web/` to `dist/web`. `npm run dev` serves it with hot reload in front of a running server. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const server = `http://127.0.0.1:${process.env['BAT_PORT'] ?? 4180}`;

export default defineConfig({
  root: 'web',
  cacheDir: '../node_modules/.vite',
  plugins: [svelte({ configFile: '../svelte.config.js' })],
  build: { outDir: '../dist/web', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: {
    host: '127.0.0.1',
    // The server answers to its own Host and Origin only, so the proxy speaks as the server's own page.
    proxy: { '/api': { target: server, ws: true, changeOrigin: true, headers: { origin: server } } },
  },
});
