import adapter from '@sveltejs/adapter-cloudflare'

/** @type {import('@sveltejs/kit').Config} */
const config = {
  kit: {
    // The API reference is static and brings scripts of its own: it is served past the pages' worker.
    adapter: adapter({
      routes: { include: ['/*'], exclude: ['<build>', '<prerendered>', '/favicon.svg', '/reference/*'] },
    }),
    alias: { $contract: '../worker/contract' },
    csp: {
      mode: 'nonce',
      directives: {
        'default-src': ['self'],
        'script-src': ['self'],
        'style-src': ['self'],
        // Bar widths and panel sizes are style attributes in the rendered page; elements stay forbidden.
        'style-src-attr': ['unsafe-inline'],
        'img-src': ['self', 'data:'],
        'font-src': ['self'],
        'connect-src': ['self'],
        'object-src': ['none'],
        'base-uri': ['self'],
        'form-action': ['self'],
        'frame-ancestors': ['none'],
      },
    },
    typescript: {
      config: (tsconfig) => {
        tsconfig.include = [...tsconfig.include, '../../test/web/*.ts', '../../test/web/stream/*.ts']
        return tsconfig
      },
    },
  },
}

export default config
