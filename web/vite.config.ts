import { sveltekit } from '@sveltejs/kit/vite'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vite'

// In development the API runs as a process of its own; upgrades go past SvelteKit, which hangs on them.
const api = process.env.API_ORIGIN ?? 'http://127.0.0.1:8787'

export default defineConfig({
  plugins: [tailwindcss(), sveltekit()],
  server: {
    proxy: { '/api': { target: api, ws: true } },
    fs: { allow: ['..'] },
  },
})
