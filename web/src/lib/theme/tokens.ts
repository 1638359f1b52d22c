export type Tokens = Record<
  | 'panel'
  | 'ink'
  | 'ink-2'
  | 'ink-3'
  | 'line'
  | 'line-strong'
  | 'accent'
  | 'up'
  | 'down'
  | 'up-bar'
  | 'down-bar',
  string
>

/** The colours of the theme in force, for what draws by itself and cannot read CSS variables. */
export function readTokens(): Tokens {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    panel: read('panel'),
    ink: read('ink'),
    'ink-2': read('ink-2'),
    'ink-3': read('ink-3'),
    line: read('line'),
    'line-strong': read('line-strong'),
    accent: read('accent'),
    up: read('up'),
    down: read('down'),
    'up-bar': read('up-bar'),
    'down-bar': read('down-bar'),
  }
}

/** Runs `change` whenever the colours may have changed: by choice or with the system. Returns what ends that. */
export function onTokens(change: (tokens: Tokens) => void): () => void {
  const tell = () => change(readTokens())
  const observer = new MutationObserver(tell)
  observer.observe(document.documentElement, {
    attributes: true,
    attributeFilter: ['data-theme', 'data-sides'],
  })
  const system = matchMedia('(prefers-color-scheme: dark)')
  system.addEventListener('change', tell)
  return () => {
    observer.disconnect()
    system.removeEventListener('change', tell)
  }
}
