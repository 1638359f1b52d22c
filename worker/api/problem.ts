import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type * as z from 'zod'
import { ERROR_CODES, type Outcome, type Refusal, toProblem } from '../contract/errors.ts'

/** A refusal on its way to the client. Thrown by routes only, and answered in one place. */
export class RefusalError extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/** The value of an outcome; a refusal becomes the answer of the request. */
export function orRefuse<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new RefusalError(outcome.refusal)
  return outcome.value
}

export function problemResponse(context: Context, refusal: Refusal): Response {
  const status: ContentfulStatusCode = ERROR_CODES[refusal.code].status
  return context.json(toProblem(refusal), status, { 'content-type': 'application/problem+json' })
}

/** The first fault of an input, as a refusal that names the field. */
export function refusalOf(error: z.core.$ZodError): Refusal {
  const [issue] = error.issues
  if (issue === undefined) return { code: 'invalid_input', message: 'The input is not valid.' }
  const field = issue.path.length > 0 ? issue.path.map(String).join('.') : firstUnknownKey(issue)
  const message = field === undefined ? issue.message : `${field}: ${issue.message}`
  return field === undefined ? { code: 'invalid_input', message } : { code: 'invalid_input', message, field }
}

const firstUnknownKey = (issue: z.core.$ZodIssue): string | undefined =>
  issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
