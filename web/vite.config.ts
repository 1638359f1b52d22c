import { cpSync } from 'node:fs'
import path from 'node:path'
import { sveltekit } from '@sveltejs/kit/vite'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig, type Plugin } from 'vite'
import { pageBudget } from './pageBudget.ts'

// In development the API runs as a process of its own; upgrades go past SvelteKit, which hangs on them.
const api = process.env.API_ORIGIN ?? 'http://127.0.0.1:8787'

/**
 * The page of the API reference loads its script from here instead of a server of somebody else's. Copied rather than
 * bundled, so that no page of ours carries its 1.3 MB.
 */
const referenceScript: Plugin = {
  name: 'api-reference-script',
  buildStart() {
    const root = path.resolve(import.meta.dirname, '..')
    cpSync(
      path.join(root, 'node_modules/@scalar/api-reference/dist/browser/standalone.js'),
      path.join(root, 'web/static/reference/scalar.js'),
    )
  },
}

export default defineConfig({
  plugins: [
    referenceScript,
    tailwindcss(),
    sveltekit(),
    pageBudget({ 'routes/trade/[market]/+page.svelte': 50_000 }),
  ],
  server: {
    proxy: { '/api': { target: api, ws: true } },
    fs: { allow: ['..'] },
  },
})
