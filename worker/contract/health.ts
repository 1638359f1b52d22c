import * as z from 'zod'
import { Time } from './amounts.ts'

export const Health = z.object({
  status: z.literal('ok'),
  feed: z.enum(['simulated', 'recorded', 'exchange']),
  at: Time,
})
export type Health = z.infer<typeof Health>
