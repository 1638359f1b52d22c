/** Only a path of this site is gone back to; anything else would let a link send people elsewhere. */
export function safeNext(next: string | null, fallback: string): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : fallback
}
