export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** The pair of colours for up and down. */
export const sidePairs = ['green-red', 'blue-orange'] as const
export type SidePair = (typeof sidePairs)[number]

export interface Appearance {
  theme: Theme
  sides: SidePair
}

export const appearanceCookies = { theme: 'theme', sides: 'sides' } as const

function oneOf<T extends string>(allowed: readonly T[], value: string | undefined, fallback: T): T {
  return allowed.find((candidate) => candidate === value) ?? fallback
}

/** What a person chose, read from two cookies; anything unknown there is the default. */
export function readAppearance(cookie: (name: string) => string | undefined): Appearance {
  return {
    theme: oneOf(themes, cookie(appearanceCookies.theme), 'system'),
    sides: oneOf(sidePairs, cookie(appearanceCookies.sides), 'green-red'),
  }
}
