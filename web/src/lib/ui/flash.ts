import type { Attachment } from 'svelte/attachments'

/** Lights an element for 300 ms when what it shows has changed; not on its first paint, and not with reduced motion. */
export function flash(value: () => unknown): Attachment<HTMLElement> {
  let before: unknown
  return (element) => {
    // Runs when the row around it is replaced too, which most of the time brings the same value.
    const now = value()
    const changed = before !== undefined && now !== before
    before = now
    if (changed && !matchMedia('(prefers-reduced-motion: reduce)').matches)
      element.animate([{ backgroundColor: 'var(--flash)' }, { backgroundColor: 'transparent' }], 300)
  }
}
