import type { Attachment } from 'svelte/attachments'

/** Lights an element for 300 ms when what it shows has changed; not on its first paint, and not with reduced motion. */
export function flash(value: () => unknown): Attachment<HTMLElement> {
  let known = false
  return (element) => {
    value()
    if (known && !matchMedia('(prefers-reduced-motion: reduce)').matches)
      element.animate([{ backgroundColor: 'var(--flash)' }, { backgroundColor: 'transparent' }], 300)
    known = true
  }
}
