/**
 * Two builds of one page: `dist/inspector`, which a stack serves beside its socket, and with `--mode site` `dist/site`, which
 * any file server can serve and which looks for no stack.
 */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import solid from 'vite-plugin-solid';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig(({ mode }) => ({
  root: here('.'),
  // Relative, so that the folder works at any path of any server.
  base: './',
  plugins: [solid()],
  define: { __SITE__: JSON.stringify(mode === 'site') },
  build: {
    outDir: here(mode === 'site' ? '../dist/site' : '../dist/inspector'),
    emptyOutDir: true,
    target: 'es2023',
    // Nothing is fetched from elsewhere, so that a preload polyfill would only be more to read.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_000,
  },
}));
