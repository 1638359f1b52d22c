import { DurableObject } from 'cloudflare:workers'
import type { Env } from '../env.ts'

/** The bots of the demonstration, one object for all of them, named `demo`. */
export class DemoTraders extends DurableObject<Env> {
  /** Creates the bots and their records where they are missing. Any number of calls comes to the same. */
  async ensureSeeded(): Promise<void> {}

  /** Somebody looks at this market: the bots trade for another minute. */
  async watched(_market: string): Promise<void> {}
}
