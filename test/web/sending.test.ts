import { describe, expect, test } from 'vitest'
import type { Answer, ClientCode } from '../../web/src/lib/api/refusal.ts'
import { type Asked, Sending } from '../../web/src/lib/trading/sending.ts'
import type { OrderDetail, OrderView, PlaceOrder } from '../../worker/contract/orders.ts'
import { sampleOrder } from './sampleOrder.ts'

const asked = (price: string): Asked => ({
  order: {
    market: 'BTC-USDT',
    side: 'buy',
    type: 'limit',
    price,
    quantity: '1',
    timeInForce: 'GTC',
    postOnly: false,
    selfTradePrevention: 'cancel_newest',
  },
})

/** What happens to a request: done and answered, done and not answered, lost, on its way for later, or refused. */
type Fate = 'answered' | 'answer_lost' | 'request_lost' | 'delayed' | 'below_minimum' | 'rejected'

/** A venue that takes one order of a client order id, as the real one does, behind a network that loses things. */
class FakeVenue {
  readonly placed: OrderView[] = []
  readonly fates: Fate[] = []
  readonly #delayed: PlaceOrder[] = []
  listFails = false
  readonly sending = new Sending({
    newId: () => `id-${this.#ids++}`,
    api: {
      placeOrder: (order) => Promise.resolve(this.#send(order)),
      placeOco: () => Promise.reject(new Error('not asked for')),
      orders: () =>
        Promise.resolve(
          this.listFails ? refused('offline') : { ok: true, value: { items: this.placed, next: null } },
        ),
    },
  })
  #ids = 1

  /** What was on its way arrives. */
  arrive(): void {
    for (const order of this.#delayed.splice(0)) this.#take(order, 'open')
  }
  get open(): (string | null)[] {
    return this.placed.filter(({ status }) => status === 'open').map(({ price }) => price)
  }

  #send(order: PlaceOrder): Answer<OrderDetail> {
    const fate = this.fates.shift() ?? 'answered'
    if (fate === 'below_minimum') return refused(fate)
    if (fate === 'request_lost') return refused('offline')
    if (fate === 'delayed') {
      this.#delayed.push(order)
      return refused('offline')
    }
    const answer = this.#take(order, fate === 'rejected' ? 'rejected' : 'open')
    if (fate === 'rejected') return refused('post_only_would_take')
    return fate === 'answer_lost' ? refused('offline') : answer
  }

  #take(order: PlaceOrder, status: OrderView['status']): Answer<OrderDetail> {
    const earlier = this.placed.find(({ clientOrderId }) => clientOrderId === order.clientOrderId)
    if (earlier !== undefined && earlier.price !== order.price) return refused('duplicate_id')
    const taken: OrderView = earlier ?? {
      ...sampleOrder,
      price: order.price ?? null,
      clientOrderId: order.clientOrderId ?? null,
      status,
    }
    if (earlier === undefined) this.placed.unshift(taken)
    return { ok: true, value: { order: taken, fills: [] } }
  }
}

const refused = (
  code: ClientCode,
): { ok: false; refusal: { code: ClientCode; message: string; status: number } } => ({
  ok: false,
  refusal: { code, message: '', status: 0 },
})

function venue(...fates: Fate[]): FakeVenue {
  const made = new FakeVenue()
  made.fates.push(...fates)
  return made
}

describe('an order whose answer was lost', () => {
  test('is the same order when it is sent again unedited', async () => {
    const here = venue('answer_lost')
    const { sending } = here
    expect(await sending.send(asked('1'))).toMatchObject({ kind: 'refused' })
    expect(sending.unanswered).toBe('id-1')
    expect(await sending.send(asked('1'))).toMatchObject({ kind: 'placed' })
    expect(sending.unanswered).toBeNull()
    expect(here.open).toEqual(['1'])
  })

  test('and arrived is told of when another is sent, which is not', async () => {
    const here = venue('answer_lost')
    await here.sending.send(asked('1'))
    expect(await here.sending.send(asked('2'))).toMatchObject({ kind: 'earlier', order: { price: '1' } })
    expect(here.open).toEqual(['1'])
    // Whoever presses again wants it beside the first.
    expect(await here.sending.send(asked('2'))).toMatchObject({ kind: 'placed' })
    expect(here.open).toEqual(['2', '1'])
  })

  test('and never arrived gives way to the edited one', async () => {
    const here = venue('request_lost')
    await here.sending.send(asked('1'))
    expect(await here.sending.send(asked('2'))).toMatchObject({ kind: 'placed' })
    expect(here.open).toEqual(['2'])
  })

  test('and is still on its way is not placed beside the edited one', async () => {
    const here = venue('delayed')
    await here.sending.send(asked('1'))
    await here.sending.send(asked('2'))
    here.arrive()
    expect(here.open).toEqual(['2'])
  })

  test('is not placed beside an edited one that was refused, nor beside the next', async () => {
    const here = venue('delayed', 'below_minimum')
    await here.sending.send(asked('1'))
    expect(await here.sending.send(asked('2'))).toMatchObject({ kind: 'refused' })
    here.arrive()
    expect(await here.sending.send(asked('3'))).toMatchObject({ kind: 'earlier', order: { price: '1' } })
    expect(here.open).toEqual(['1'])
  })

  test('holds nothing up when the market rejected the edited one', async () => {
    const here = venue('request_lost', 'rejected')
    await here.sending.send(asked('1'))
    await here.sending.send(asked('2'))
    expect(await here.sending.send(asked('3'))).toMatchObject({ kind: 'placed' })
    expect(here.open).toEqual(['3'])
  })

  test('keeps another from being sent while nobody can say what became of it', async () => {
    const here = venue('answer_lost')
    await here.sending.send(asked('1'))
    here.listFails = true
    expect(await here.sending.send(asked('2'))).toMatchObject({ kind: 'refused' })
    expect(here.open).toEqual(['1'])
  })
})

test('after an answer the same order sent again is another', async () => {
  const here = venue('answered', 'below_minimum')
  await here.sending.send(asked('1'))
  await here.sending.send(asked('1'))
  await here.sending.send(asked('1'))
  expect(here.open).toEqual(['1', '1'])
})
