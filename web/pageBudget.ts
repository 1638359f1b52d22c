import { gzipSync } from 'node:zlib'
import type { Plugin, Rollup } from 'vite'

/**
 * Fails a build in which a page brings more JavaScript of its own than it may: gzip bytes of what it loads before it can be
 * used, without the frame that every page shares (Svelte, SvelteKit, the header). What a page imports later is not counted.
 * `budgets`: by the file of the page, as its path ends.
 */
export function pageBudget(budgets: Readonly<Record<string, number>>): Plugin {
  return {
    name: 'page-budget',
    applyToEnvironment: (environment) => environment.name === 'client',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
      const shared = new Set(
        chunks
          .filter((chunk) => chunk.isEntry && !holds(chunk, '+page.svelte') && !holds(chunk, '+page.ts'))
          .flatMap((chunk) => [...loadedWith(chunk, bundle)]),
      )
      for (const [page, budget] of Object.entries(budgets)) {
        const chunk = chunks.find((each) => each.isEntry && holds(each, page))
        if (chunk === undefined) {
          this.error(`There is no page ${page} to weigh.`)
        }
        const own = [...loadedWith(chunk, bundle)].filter((each) => !shared.has(each))
        const bytes = own.reduce((sum, each) => sum + gzipSync(each.code).length, 0)
        const weighed = `${page} brings ${bytes} bytes of JavaScript (gzip) of its own; it may bring ${budget}.`
        if (bytes > budget) this.error(weighed)
        this.info(weighed)
      }
    },
  }
}

const holds = ({ moduleIds }: Rollup.OutputChunk, ending: string): boolean =>
  moduleIds.some((id) => id.endsWith(ending))

function loadedWith(chunk: Rollup.OutputChunk, bundle: Rollup.OutputBundle): Set<Rollup.OutputChunk> {
  const loaded = new Set([chunk])
  // A set can grow while it is walked, and what is added is walked too.
  for (const { imports } of loaded)
    for (const name of imports) {
      const next = bundle[name]
      if (next?.type === 'chunk') loaded.add(next)
    }
  return loaded
}
