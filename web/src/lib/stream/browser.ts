import { Connection, type ConnectionState } from './connection.ts'
import { surroundings } from './surroundings.ts'

interface Listener {
  message(message: unknown): void
  state(state: ConnectionState): void
}

/** How long a hidden page keeps its socket: a market nobody looks at should be able to sleep. */
const HIDDEN_FOR = 120_000

/** Opens a stream of this origin and returns it with what ends it. It sleeps while the page is hidden for long. */
export function openStream(path: string, listener: Listener): { connection: Connection; end: () => void } {
  const url = new URL(path, location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const connection = new Connection(
    url.href,
    {
      opened: () => {},
      lost: () => {},
      message: (text) => listener.message(JSON.parse(text)),
      state: listener.state,
    },
    surroundings,
  )
  let hidden: ReturnType<typeof setTimeout> | null = null

  const online = () => connection.check()
  const visibility = () => {
    if (hidden !== null) clearTimeout(hidden)
    hidden = null
    if (document.visibilityState === 'hidden') hidden = setTimeout(() => connection.close(), HIDDEN_FOR)
    else connection.open()
  }
  addEventListener('online', online)
  document.addEventListener('visibilitychange', visibility)
  connection.open()

  return {
    connection,
    end: () => {
      if (hidden !== null) clearTimeout(hidden)
      removeEventListener('online', online)
      document.removeEventListener('visibilitychange', visibility)
      connection.close()
    },
  }
}
