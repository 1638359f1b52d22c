import type { Env } from '../env.ts'
import { configOf } from '../env.ts'

/**
 * Whether a request comes from the operator: `Authorization: Bearer OPERATOR_TOKEN`. Without such a secret nobody is.
 * Both sides are hashed first, so that the time of comparing tells neither content nor length.
 */
export async function isOperator(request: Request, env: Env): Promise<boolean> {
  const expected = configOf(env).operatorToken
  const given = /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
  if (expected === undefined || given === undefined) return false
  const digest = (text: string) => crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const [one, other] = await Promise.all([digest(expected), digest(given)])
  return crypto.subtle.timingSafeEqual(one, other)
}
