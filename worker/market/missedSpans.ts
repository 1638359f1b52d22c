/** Milliseconds: [from, to). */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Stretches of time in which nobody watched, until what was printed in them is asked for and learned. */
export class MissedSpans {
  #spans: readonly Span[] = []

  /** What ended before `keptFrom` is forgotten: nobody can ask for it any more. */
  add(span: Span, keptFrom: number): void {
    this.#spans = [...this.#spans.filter(({ to }) => to > keptFrom), span]
  }

  /** The parts of them that lie in [from, to), which are missed no longer. */
  take({ from, to }: Span): Span[] {
    const parts = this.#spans.map((span) => [span, Math.max(span.from, from), Math.min(span.to, to)] as const)
    this.#spans = parts.flatMap(([span, begin, end]) =>
      begin >= end
        ? [span]
        : [
            { from: span.from, to: begin },
            { from: end, to: span.to },
          ].filter((rest) => rest.from < rest.to),
    )
    return parts.filter(([, begin, end]) => begin < end).map(([, begin, end]) => ({ from: begin, to: end }))
  }
}
