import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Faults } from './faults.ts'
import type { ModelVenue } from './modelVenue.ts'

/** Of RFC 6455. */
const HANDSHAKE = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const TEXT = 1
const CLOSE = 8
const PING = 9

/**
 * A WebSocket server on nothing but Node's sockets, so that it can do wrong what a library never would: it ends a
 * connection at any byte (in the handshake, in a frame's header, in the middle of a letter), sends less than a frame's
 * header promises, and frames that begin but do not end. Also when it behaves it sends in pieces of any size.
 */
export class FaultyServer {
  readonly #venue: ModelVenue
  readonly #faults: Faults
  readonly #server = createServer((_, response) => void response.writeHead(404).end())
  readonly #sockets = new Set<Duplex>()
  #moving: NodeJS.Timeout | null = null
  #waiting: { condition: () => boolean; met: () => void }[] = []
  /** After how many bytes each of the next connections ends, the handshake included. */
  readonly ends: number[] = []

  constructor(venue: ModelVenue, faults: Faults) {
    this.#venue = venue
    this.#faults = faults
    this.#server.on('upgrade', (request, socket) => this.#upgrade(request, socket))
  }

  /** Listens, and the venue begins to move; answers the address. */
  async start(every: number): Promise<string> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening))
    this.#moving = setInterval(() => {
      this.#venue.move()
      this.#look()
    }, every)
    const { port } = this.#server.address() as AddressInfo
    return `ws://127.0.0.1:${port}/api/v1/stream`
  }

  async stop(): Promise<void> {
    if (this.#moving !== null) clearInterval(this.#moving)
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((closed) => this.#server.close(() => closed()))
  }

  /** Looked at whenever the venue has moved. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((met) => this.#waiting.push({ condition, met }))
  }

  #look(): void {
    const met = this.#waiting.filter(({ condition }) => condition())
    this.#waiting = this.#waiting.filter((each) => !met.includes(each))
    for (const each of met) each.met()
  }

  #upgrade(request: IncomingMessage, socket: Duplex): void {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
    const write = limited(socket, this.ends.shift())
    const key = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}${HANDSHAKE}`)
      .digest('base64')
    const answer = `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${key}\r\n\r\n`
    write(Buffer.from(answer))
    const line = this.#venue.connect((text) => this.#send(socket, write, text))
    socket.on('close', line.gone)
    const read = reader((opcode, payload) => {
      if (opcode === TEXT) line.hear(payload.toString('utf8'))
      else if (opcode === CLOSE) socket.end(frame(CLOSE, payload.subarray(0, 2)))
      else if (opcode === PING) write(frame(PING + 1, payload))
    })
    socket.on('data', read)
  }

  #send(socket: Duplex, write: (bytes: Buffer) => void, text: string): void {
    const fault = this.#faults.next()
    const whole = Buffer.from(text)
    if (fault === 'close') {
      const bytes = this.#pieces(whole)
      write(bytes.subarray(0, this.#faults.below(bytes.length)))
      socket.destroy()
    } else if (fault === 'truncate') {
      const cut = whole.subarray(0, this.#faults.below(whole.length))
      const header = frame(TEXT, whole)
      // A message that is too short, or one that its header promises to be longer.
      if (this.#faults.below(2) === 0) write(this.#pieces(cut))
      else write(header.subarray(0, header.length - (whole.length - cut.length)))
    } else if (fault === 'delay') setTimeout(() => write(this.#pieces(whole)), this.#faults.below(50))
    else if (fault !== 'drop') {
      write(this.#pieces(fault === 'corrupt' ? Buffer.from(this.#faults.corrupted(text)) : whole))
      if (fault === 'repeat') setTimeout(() => write(this.#pieces(whole)), this.#faults.below(200))
    }
  }

  /** One message as one frame, or as several that may be cut inside a letter. */
  #pieces(message: Buffer): Buffer {
    if (message.length < 2 || this.#faults.below(4) !== 0) return frame(TEXT, message)
    const cut = 1 + this.#faults.below(message.length - 1)
    return Buffer.concat([frame(TEXT, message.subarray(0, cut), false), frame(0, message.subarray(cut))])
  }
}

/** Writes to a socket in two pieces, and ends it for good after so many bytes in all. */
function limited(socket: Duplex, limit = Number.POSITIVE_INFINITY): (bytes: Buffer) => void {
  let left = limit
  return (bytes) => {
    if (socket.destroyed || !socket.writable) return
    const sent = bytes.subarray(0, left)
    left -= sent.length
    const middle = sent.length >> 1
    socket.write(sent.subarray(0, middle))
    if (sent.length === bytes.length) socket.write(sent.subarray(middle))
    else socket.write(sent.subarray(middle), () => socket.destroy())
  }
}

function frame(opcode: number, payload: Buffer, last = true): Buffer {
  const { length } = payload
  const first = (last ? 0x80 : 0) | opcode
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload])
  const header = Buffer.alloc(length < 65_536 ? 4 : 10)
  header[0] = first
  header[1] = length < 65_536 ? 126 : 127
  if (length < 65_536) header.writeUInt16BE(length, 2)
  else header.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([header, payload])
}

/** Reads the masked frames of a client; none of them is longer than 65,535 bytes or in pieces. */
function reader(take: (opcode: number, payload: Buffer) => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    for (;;) {
      const short = (rest[1] ?? 0) & 0x7f
      const start = short === 126 ? 4 : 2
      if (rest.length < start) return
      const length = short === 126 ? rest.readUInt16BE(2) : short
      if (rest.length < start + 4 + length) return
      const mask = rest.subarray(start, start + 4)
      const payload = Buffer.from(rest.subarray(start + 4, start + 4 + length))
      for (let at = 0; at < length; at++) payload[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0)
      take((rest[0] ?? 0) & 0x0f, payload)
      rest = rest.subarray(start + 4 + length)
    }
  }
}
