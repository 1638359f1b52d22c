import { uuidv7 } from 'uuidv7'
import * as z from 'zod'
import { derivedId } from '../messaging/derivedId.ts'

export const KeyHeaders = z.object({
  'idempotency-key': z
    .uuid()
    .optional()
    .describe('A UUID: the request sent again with it changes nothing more and is answered the same.'),
})

/**
 * The id of what a request makes: a new one, or with a key always the same of that account and key. Never the key itself.
 * Ids of others are public; where all accounts meet (the database, a house) only one of two things with one id would count.
 */
export const idOfRequest = async (
  what: 'follow' | 'reset' | 'conversion',
  accountId: string,
  key: string | undefined,
): Promise<string> => (key === undefined ? uuidv7() : derivedId(`${what} ${accountId} ${key.toLowerCase()}`))
