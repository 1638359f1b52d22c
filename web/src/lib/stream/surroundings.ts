import type { Socket, Surroundings } from './connection.ts'

function openSocket(url: string): Socket {
  const native = new WebSocket(url)
  const socket: Socket = {
    send: (text) => native.send(text),
    close: (code) => native.close(code),
    onopen: null,
    onmessage: null,
    onclose: null,
  }
  native.onopen = () => socket.onopen?.()
  native.onmessage = (event) => socket.onmessage?.(event)
  native.onclose = (event) => socket.onclose?.(event)
  return socket
}

/** What a browser, Node and every other runtime with a `WebSocket` of the standard has. */
export const surroundings: Surroundings = {
  open: openSocket,
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
  random: Math.random,
}
