// How the console becomes static files: no inline script or style, so that the page's policy allows neither.

import { defineConfig } from 'vite';

export default defineConfig({
  base: '/console/',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  build: {
    outDir: '../../target/console',
    emptyOutDir: true,
    target: 'es2022',
    // Vite's own polyfill is not wanted by any browser that has ES2022.
    modulePreload: { polyfill: false },
    // An asset that is inlined is a data: URL in a stylesheet, which is one more thing for the policy to allow.
    assetsInlineLimit: 0,
    // The zoom viewer and Uppy are this large, and come on demand; tests/browser/console/ holds what comes at first.
    chunkSizeWarningLimit: 700,
  },
});
