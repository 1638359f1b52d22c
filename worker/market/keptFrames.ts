/** A minute at the default interval; past so much text a snapshot is the shorter way. */
const MOST_FRAMES = 600
const MOST_CHARACTERS = 512 * 1_024

interface KeptFrame {
  /** The sequence after the frame. */
  readonly sequence: number
  readonly text: string
}

/** The last frames as they were sent, for a client that has missed some and says where it was. */
export class KeptFrames {
  /** Of the book before the oldest that is kept. */
  #start = 0
  #frames: KeptFrame[] = []
  #characters = 0

  /** Nothing is kept of what led to this sequence. */
  clear(sequence: number): void {
    this.#start = sequence
    this.#frames = []
    this.#characters = 0
  }

  /** Takes a frame; `last` is that of its book, null when no level changed. */
  add(last: number | null, text: string): void {
    const sequence = last ?? this.#frames.at(-1)?.sequence ?? this.#start
    this.#frames.push({ sequence, text })
    this.#characters += text.length
    while (this.#frames.length > MOST_FRAMES || this.#characters > MOST_CHARACTERS) {
      const oldest = this.#frames.shift()
      if (oldest === undefined) return
      this.#start = oldest.sequence
      this.#characters -= oldest.text.length
    }
  }

  /**
   * What came after a sequence, oldest first; null when not all of it is kept, or no frame ended there. The first may be
   * frames without a book that the client has taken already.
   */
  after(sequence: number): readonly string[] | null {
    if (sequence === this.#start) return this.#frames.map(({ text }) => text)
    const reached = this.#frames.findIndex((frame) => frame.sequence === sequence)
    return reached < 0 ? null : this.#frames.slice(reached + 1).map(({ text }) => text)
  }
}
