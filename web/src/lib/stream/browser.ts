import { StreamClient } from './streamClient.ts'
import { surroundings } from './surroundings.ts'

/** How long a hidden page keeps its connection: a market nobody looks at should be able to sleep. */
const HIDDEN_FOR = 120_000

/** The stream of this origin, with whatever a page learns of the network and of being seen; and what ends that. */
export function openStream(): { stream: StreamClient; end: () => void } {
  const url = new URL('/api/v1/stream', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const stream = new StreamClient(url.href, surroundings)
  let hidden: ReturnType<typeof setTimeout> | null = null

  const network = () => stream.check()
  const visibility = () => {
    if (hidden !== null) clearTimeout(hidden)
    hidden = null
    if (document.visibilityState === 'hidden') hidden = setTimeout(() => stream.pause(), HIDDEN_FOR)
    else stream.resume()
  }
  addEventListener('online', network)
  addEventListener('offline', network)
  document.addEventListener('visibilitychange', visibility)

  return {
    stream,
    end: () => {
      if (hidden !== null) clearTimeout(hidden)
      removeEventListener('online', network)
      removeEventListener('offline', network)
      document.removeEventListener('visibilitychange', visibility)
      stream.pause()
    },
  }
}

let markets: StreamClient | null = null

/**
 * The connection that all pages share for what is public of markets: from one page to the next it stays. What is one's
 * own has another, which ends with the session that it was opened with.
 */
export function marketStream(): StreamClient {
  markets ??= openStream().stream
  return markets
}
