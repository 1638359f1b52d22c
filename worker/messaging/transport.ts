import * as z from 'zod'
import { type Address, type AddressKind, parseAddress, toAddress } from './address.ts'
import { decode } from './codec.ts'
import type { Batch, Receipt, Transport } from './stream.ts'

/** The bindings that messages leave by, as wrangler.toml names them. The Worker's `Env` is one. */
export interface MessagingBindings {
  readonly ACCOUNT: ReceiverNamespace
  readonly MARKET: ReceiverNamespace
  readonly COPY_POOL: ReceiverNamespace
  readonly MARKET_EVENTS: MessageQueue
  readonly COPY_FILLS: MessageQueue
  readonly COPY_ORDERS: MessageQueue
  readonly NOTIFICATIONS: MessageQueue
}

interface ReceiverNamespace {
  getByName(name: string): { receive(batch: Batch): Promise<Receipt> }
}

interface MessageQueue {
  sendBatch(messages: Iterable<{ body: QueueMessage; contentType: 'v8' }>): Promise<unknown>
}

/** One message of a stream as it lies in a queue. Queues repeat and reorder: the sequence tells. */
export interface QueueMessage {
  readonly source: Address
  readonly sequence: number
  /** As `encode` of codec.ts writes it. */
  readonly body: string
}

/** After so long without an answer it is unknown whether a batch arrived, and it is sent again. */
const ANSWER_WITHIN_MS = 15_000

/** Of one `sendBatch`: the platform's limits are 100 messages and 256 KB with its own additions. */
const QUEUE_BATCH_MESSAGES = 100
const QUEUE_BATCH_BYTES = 200_000

/** Batches to objects by their binding and to queues. */
export function bindingTransport(bindings: MessagingBindings): Transport {
  return {
    deliver(batch) {
      const { kind, id } = parseAddress(batch.to)
      if (kind === 'queue') return enqueue(queueOf(bindings, id), batch)
      // A new stub each time: one that failed once may fail for ever.
      return answered(namespaceOf(bindings, kind).getByName(id).receive(batch), batch.to)
    },
  }
}

function namespaceOf(bindings: MessagingBindings, kind: Exclude<AddressKind, 'queue'>): ReceiverNamespace {
  switch (kind) {
    case 'account':
      return bindings.ACCOUNT
    case 'market':
      return bindings.MARKET
    case 'pool':
      return bindings.COPY_POOL
  }
}

function queueOf(bindings: MessagingBindings, name: string): MessageQueue {
  switch (name) {
    case 'market-events':
      return bindings.MARKET_EVENTS
    case 'copy-fills':
      return bindings.COPY_FILLS
    case 'copy-orders':
      return bindings.COPY_ORDERS
    case 'notifications':
      return bindings.NOTIFICATIONS
    default:
      throw new Error(`no queue ${name}`)
  }
}

/**
 * A queue takes a batch in parts. When one fails after others went, the receipt says up to where it went, and the next
 * attempt begins there.
 */
async function enqueue(queue: MessageQueue, batch: Batch): Promise<Receipt> {
  let applied = batch.first - 1
  try {
    for (const part of partsOf(batch)) {
      await answered(queue.sendBatch(part.map((body) => ({ body, contentType: 'v8' as const }))), batch.to)
      applied += part.length
    }
  } catch (fault) {
    if (applied < batch.first) throw fault
  }
  return { applied, back: null }
}

/** Consecutive parts within the limits of `sendBatch`. A message too large by itself goes alone, and the queue refuses it. */
export function partsOf(batch: Batch): QueueMessage[][] {
  const parts: QueueMessage[][] = []
  let part: QueueMessage[] = []
  let bytes = 0
  batch.messages.forEach((body, index) => {
    const size = sizeOf(body)
    if (part.length === QUEUE_BATCH_MESSAGES || (part.length > 0 && bytes + size > QUEUE_BATCH_BYTES)) {
      parts.push(part)
      part = []
      bytes = 0
    }
    part.push({ source: batch.from, sequence: batch.first + index, body })
    bytes += size
  })
  if (part.length > 0) parts.push(part)
  return parts
}

/** Two bytes a character at worst, and what surrounds the body. */
const sizeOf = (body: string): number => (isOneByte(body) ? body.length : body.length * 2) + 300

function isOneByte(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 255) return false
  return true
}

async function answered<T>(call: Promise<T>, to: Address): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${to} did not answer in time`)), ANSWER_WITHIN_MS)
  })
  try {
    return await Promise.race([call, late])
  } finally {
    clearTimeout(timer)
  }
}

const QueueMessageShape = z.object({
  source: z.string().transform(toAddress),
  sequence: z.number().int().positive(),
  body: z.string(),
})

/**
 * What a queue's consumer reads: who sent the message, which of its stream it is, and the message. Of two with the same
 * source the higher sequence is the later, in whatever order they came. Throws on what no object of ours sent.
 */
export function readQueueMessage(body: unknown): { source: Address; sequence: number; message: unknown } {
  const { source, sequence, body: text } = QueueMessageShape.parse(body)
  return { source, sequence, message: decode(text) }
}
