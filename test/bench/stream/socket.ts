import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

const TEXT = 1
const CLOSE = 8

/**
 * A WebSocket client that does next to nothing, so that thousands fit beside the server on one machine: text messages whole,
 * no extensions, no checks. Not for anything but measuring on this machine.
 */
export class BareSocket {
  readonly #socket: Socket
  #rest: Buffer = Buffer.alloc(0)
  #parts: Buffer[] = []
  /** Of everything that has arrived. */
  bytes = 0
  isOpen = true
  onText: (text: Buffer) => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('close', () => {
      this.isOpen = false
    })
  }

  /** Connects to 127.0.0.1 and waits for the upgrade. */
  static open(port: number, path: string, onText: (text: Buffer) => void): Promise<BareSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      socket.setNoDelay(true)
      const key = randomBytes(16).toString('base64')
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
      )
      let head = Buffer.alloc(0)
      const upgrade = (chunk: Buffer) => {
        head = Buffer.concat([head, chunk])
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        socket.off('data', upgrade)
        const [status = ''] = head.toString('latin1', 0, end).split('\r\n')
        if (!status.includes(' 101 ')) return reject(new Error(`${path}: ${status}`))
        const opened = new BareSocket(socket)
        opened.onText = onText
        opened.#take(head.subarray(end + 4))
        return resolve(opened)
      }
      socket.on('data', upgrade)
      socket.on('error', (cause) => reject(new Error(`${path} was not opened`, { cause })))
    })
  }

  say(text: string): void {
    const payload = Buffer.from(text)
    if (payload.length > 125) throw new Error('too long for this client')
    // The mask may be anything, so it is zero.
    this.#socket.write(
      Buffer.concat([Buffer.from([0x80 | TEXT, 0x80 | payload.length, 0, 0, 0, 0]), payload]),
    )
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.bytes += chunk.length
    let buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    for (;;) {
      const frame = frameAt(buffer)
      if (frame === null) break
      buffer = buffer.subarray(frame.end)
      if (frame.opcode === CLOSE) this.#socket.end()
      else this.#frame(frame.payload, frame.isLast)
    }
    this.#rest = buffer
  }

  #frame(payload: Buffer, isLast: boolean): void {
    if (!isLast || this.#parts.length > 0) this.#parts.push(payload)
    if (!isLast) return
    const whole = this.#parts.length > 0 ? Buffer.concat(this.#parts) : payload
    this.#parts = []
    this.onText(whole)
  }
}

/** The first frame of a buffer, if it is all there. RFC 6455, 5.2; a server's frames are not masked. */
function frameAt(buffer: Buffer): { opcode: number; isLast: boolean; payload: Buffer; end: number } | null {
  if (buffer.length < 2) return null
  const [first = 0, second = 0] = buffer
  let start = 2
  let length = second & 0x7f
  if (length === 126) {
    if (buffer.length < 4) return null
    length = buffer.readUInt16BE(2)
    start = 4
  } else if (length === 127) {
    if (buffer.length < 10) return null
    length = Number(buffer.readBigUInt64BE(2))
    start = 10
  }
  const end = start + length
  if (buffer.length < end) return null
  return { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, payload: buffer.subarray(start, end), end }
}
