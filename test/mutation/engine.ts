import type { Mutation } from './mutation.ts'

const ENGINE = ['test/market/engine']
const DIFFERENTIAL = ['test/market/engine/differential.test.ts']
const MARKET = ['test/market']

const engine = 'worker/market/engine'

/** Faults in matching, and in what waits for a price. */
export const ENGINE_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a taker trades one lot too many with each maker',
    file: `${engine}/taking.ts`,
    find: 'const lots = Math.min(orders.lots(maker), left)\n      trade(',
    replace: 'const lots = Math.min(orders.lots(maker), left + 1)\n      trade(',
    tests: ENGINE,
  },
  {
    name: 'a limit order trades past its price by a tick',
    file: `${engine}/taking.ts`,
    find: 'while (!this.stopped && ladder.crosses(limitTicks)) {',
    replace: "while (!this.stopped && ladder.crosses(limitTicks + (ladder.side === 'sell' ? 1 : -1))) {",
    tests: ENGINE,
  },
  {
    name: 'the next part of an iceberg keeps its place',
    file: `${engine}/taking.ts`,
    find: '    ladder.shrink(maker, lots)\n    ladder.refresh(maker)\n',
    replace: '    ladder.refresh(maker)\n    ladder.shrink(maker, lots)\n',
    tests: ENGINE,
  },
  {
    name: 'fill or kill forgets its own orders in the way',
    file: `${engine}/taking.ts`,
    find: '    else return -1\n',
    replace: '    else all -= orders.allLots(maker)\n',
    tests: ENGINE,
  },
  {
    name: 'cancel both leaves the resting order',
    file: `${engine}/taking.ts`,
    find: "if (selfTrade === 'cancel_newest') return 0",
    replace: "if (selfTrade === 'cancel_newest' || selfTrade === 'cancel_both') return 0",
    tests: ENGINE,
  },
  {
    name: 'a replaced order keeps trading as post-only through the book',
    file: `${engine}/orderBook.ts`,
    find: "if (crosses && order.postOnly === true) return refused('post_only', lots)",
    replace: '',
    tests: ENGINE,
  },
  {
    name: 'a block trades with its leader',
    file: `${engine}/block.ts`,
    find: 'if (orders.owner(order) === leader) cancelOwn(orders, ladder, events, order)\n    else shown',
    replace: 'shown',
    tests: ENGINE,
  },
  {
    name: 'a trigger at exactly its price does not fire',
    file: `${engine}/triggers.ts`,
    find: "return kind === 'rises_to' ? ticks >= triggerTicks : ticks <= triggerTicks",
    replace: "return kind === 'rises_to' ? ticks > triggerTicks : ticks < triggerTicks",
    tests: [...ENGINE, ...MARKET],
  },
  {
    name: 'orders fired by one trade go to the book newest first',
    file: `${engine}/triggers.ts`,
    find: 'return a.entered - b.entered',
    replace: 'return b.entered - a.entered',
    tests: [...ENGINE, ...MARKET],
  },
  {
    name: 'the sibling of an order that trades stays',
    file: `${engine}/matchingEngine.ts`,
    find: 'for (const id of touched) this.cancelSibling(id)',
    replace: '',
    tests: [...ENGINE, ...MARKET],
  },
  {
    name: 'triggers see the last price of a sweep only',
    file: `${engine}/matchingEngine.ts`,
    find: 'for (const ticks of this.prices) this.reach(ticks)',
    replace: 'for (const ticks of this.prices.slice(-1)) this.reach(ticks)',
    tests: ENGINE,
  },
  // The same, of orders that wait, of pairs, of marks: for the comparison with the naive engine
  {
    name: 'a FOK order with two bounds is refused for lots that it would not have got',
    file: `${engine}/taking.ts`,
    find: 'if (!isBoundTwice && !wouldFill(',
    replace: 'if (!wouldFill(',
    tests: ENGINE,
  },
  {
    name: 'decrement cancels an order that is one lot larger',
    file: `${engine}/taking.ts`,
    find: "if (selfTrade === 'decrement' && lots > wanted) {",
    replace: "if (selfTrade === 'decrement' && lots > wanted + 1) {",
    tests: DIFFERENTIAL,
  },
  {
    name: 'a block cancels the order of its leader behind its last lot',
    file: `${engine}/block.ts`,
    find: 'order !== end && shown < demand; ) {',
    replace: 'order !== end && shown <= demand; ) {',
    tests: ENGINE,
  },
  {
    name: 'a held market order is filled',
    file: `${engine}/orderBook.ts`,
    find: "    if (!taker.gotWhatItWants()) return 'hold'\n",
    replace: '',
    tests: DIFFERENTIAL,
  },
  {
    name: 'a market order that fires has no band',
    file: `${engine}/matchingEngine.ts`,
    find: '{ ...order, worstTicks: this.worstTicks(order.side) }',
    replace: 'order',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the sibling of an order that fires stays',
    file: `${engine}/matchingEngine.ts`,
    find: '    this.events.fired(entry.id, ticks)\n    this.cancelSibling(entry.id)\n',
    replace: '    this.events.fired(entry.id, ticks)\n',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the pair of a refused order is remembered',
    file: `${engine}/matchingEngine.ts`,
    find: '      this.pairs.forget(id)\n',
    replace: '',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the sibling of a taker stays until the taker ends',
    file: `${engine}/matchingEngine.ts`,
    find: '        if (this.taker !== null) this.pairs.touch(this.taker)\n',
    replace: '',
    tests: DIFFERENTIAL,
  },
  {
    name: 'a trailing order keeps its mark under another activation price',
    file: `${engine}/triggers.ts`,
    find: '      trigger.activationTicks === before.activationTicks &&\n',
    replace: '',
    tests: DIFFERENTIAL,
  },
  {
    name: 'an order is amended to a trigger that the price has reached',
    file: `${engine}/triggers.ts`,
    find: '    if (this.reaches(trigger, lastTicks)) return false\n',
    replace: '',
    tests: DIFFERENTIAL,
  },
  {
    name: 'trailing orders fire after all others',
    file: `${engine}/triggers.ts`,
    find: 'return firing.length > plain && firing.length > 1 ? firing.sort(byEntry) : firing',
    replace: 'return firing',
    tests: DIFFERENTIAL,
  },
  {
    name: 'an offset in basis points is rounded to the nearest tick',
    file: `${engine}/marks.ts`,
    find: 'return Math.floor((height',
    replace: 'return Math.round((height',
    tests: DIFFERENTIAL,
  },
]
