import { Scalar } from '@scalar/hono-api-reference'
import type { routes } from './route.ts'

/** The OpenAPI document of everything above, and a page to read it. The page's script is our own copy: nothing calls out. */
export function serveReference(app: ReturnType<typeof routes>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'operator', { type: 'http', scheme: 'bearer' })
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'cryptoorchestrator.session_token',
  })
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'CryptoOrchestrator',
      version: '1',
      description:
        'A social trading venue. Amounts are decimal strings, times ISO 8601 UTC, ids UUIDv7. Every error is a problem ' +
        'document (RFC 9457) with a stable `code`.',
    },
  })
  app.get(
    '/reference',
    Scalar({
      url: '/api/v1/openapi.json',
      cdn: '/reference/scalar.js',
      pageTitle: 'CryptoOrchestrator API',
      withDefaultFonts: false,
      telemetry: false,
      showDeveloperTools: 'never',
      agent: { disabled: true },
      mcp: { disabled: true },
    }),
  )
}
