import type { Streams } from './view.ts'

// Every effect of one object on another is a message of an ordered stream, and each end says in the same turn as the rest
// of its statement how far it has come. So nothing has to stand still to be compared, and no time has to be waited: two
// statements, whenever they were taken, tell themselves what is between them.

const positionWith = ({ streams }: Streams, peer: string) =>
  streams.find((stream) => stream.peer === peer) ?? { sent: 0, applied: 0 }

/** All that the sender had sent, by its statement, the receiver has applied, by its own: nothing of it is missing there. */
export const hasAll = (receiver: Streams, sender: Streams): boolean =>
  positionWith(receiver, sender.address).applied >= positionWith(sender, receiver.address).sent

/** All that the receiver has applied the sender had sent by its statement: nothing is at the receiver that it does not tell of. */
export const toldAll = (sender: Streams, receiver: Streams): boolean =>
  positionWith(sender, receiver.address).sent >= positionWith(receiver, sender.address).applied

/** Both statements are of one state of the streams between them, with nothing under way in either direction. */
export const agree = (one: Streams, other: Streams): boolean =>
  hasAll(one, other) && toldAll(other, one) && hasAll(other, one) && toldAll(one, other)

/** How far a pair has come, for telling one that moves from one that is stuck. */
export function positionsOf(one: Streams, other: Streams): string {
  const [a, b] = [positionWith(one, other.address), positionWith(other, one.address)]
  return `${one.address} ${a.sent}/${b.applied} ${other.address} ${b.sent}/${a.applied}`
}
