import * as z from 'zod'
import type { Market } from '../../worker/market/settings.ts'
import { StreamClient } from '../market/streamClient.ts'
import type { Random } from '../support/random.ts'

/** What all the sockets saw. */
export class Watched {
  opened = 0
  refused = 0
  messages = 0
  bytes = 0
  /** Frames that did not follow the one before. Nothing loses a frame on a loopback, so each is a fault of the venue. */
  gaps = 0
}

const Typed = z.object({ type: z.string() })

/** Opens and leaves the stream of one market after another for as long as the soak goes on. */
export async function watch(
  address: string,
  markets: readonly Market[],
  random: Random,
  watched: Watched,
  until: () => boolean,
): Promise<void> {
  while (!until()) await look(address, random.pick(markets), random.between(500, 8_000), watched)
}

/** One socket, for so many milliseconds or until the venue closes it. */
function look(address: string, market: Market, ms: number, watched: Watched): Promise<void> {
  const url = `${address.replace('http', 'ws')}/api/v1/stream/markets/${market.id}`
  return new Promise((resolve) => {
    const socket = new WebSocket(url)
    const client = new StreamClient()
    let open = false
    const leave = setTimeout(() => socket.close(), ms)
    const end = () => {
      clearTimeout(leave)
      if (!open) watched.refused += 1
      resolve()
    }
    socket.addEventListener('open', () => {
      open = true
      watched.opened += 1
    })
    socket.addEventListener('message', ({ data }) => {
      const text = String(data)
      watched.messages += 1
      watched.bytes += text.length
      if (Typed.parse(JSON.parse(text)).type === 'snapshot') client.snapshot(text)
      else client.frame(text)
      if (client.gap) {
        watched.gaps += 1
        socket.close()
      }
    })
    socket.addEventListener('close', end, { once: true })
    socket.addEventListener('error', () => socket.close())
  })
}
