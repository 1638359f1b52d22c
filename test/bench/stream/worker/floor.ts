import { DurableObject } from 'cloudflare:workers'

/** An object that does nothing but send a text to its sockets: what the platform allows at best. */
export class Floor extends DurableObject {
  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server)
    return new Response(null, { status: 101, webSocket: client })
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close(1000)
  }

  /** A text of so many characters to each socket every interval, for so long; all in milliseconds but `seconds`. */
  async send(size: number, interval: number, seconds: number): Promise<number> {
    const end = Date.now() + seconds * 1_000
    let due = Date.now()
    let sent = 0
    while (Date.now() < end) {
      due += interval
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - Date.now())))
      const tail = `","at":${Date.now()}}`
      const text = `{"x":"${'x'.repeat(size - tail.length - 6)}${tail}`
      for (const socket of this.ctx.getWebSockets())
        if (socket.readyState === WebSocket.OPEN) socket.send(text)
      sent += 1
    }
    return sent
  }
}
