import { type Appearance, appearanceCookies } from './appearance.ts'

const YEAR = 31_536_000

/** Applies a choice at once and keeps it for the next visit; the server reads the cookie, so the first paint is right. */
export function chooseAppearance(change: Partial<Appearance>): void {
  const { dataset } = document.documentElement
  for (const key of ['theme', 'sides'] as const) {
    const value = change[key]
    if (value === undefined) continue
    dataset[key] = value
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is missing in Safari and Firefox.
    document.cookie = `${appearanceCookies[key]}=${value}; path=/; max-age=${YEAR}; samesite=lax`
  }
}
