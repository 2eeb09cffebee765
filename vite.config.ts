import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The pages of `web/`, built into `dist/web/`, where the server and the published package look for them. */
export default defineConfig({
  root: here('web'),
  build: {
    outDir: here('dist/web'),
    emptyOutDir: true,
    target: 'es2023',
    // The Content-Security-Policy lets in neither inline scripts nor data: URLs for code.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // The pages hold code of others, whose licences go with it.
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      input: { trading: here('web/index.html'), ops: here('web/ops/index.html') }
    }
  }
})
