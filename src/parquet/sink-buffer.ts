/** Owns the way from many small pieces of a file to few large writes. */

/** Takes the bytes of a file in their order. */
export type ByteSink = (bytes: Uint8Array) => void | Promise<void>;

const LARGE = 1 << 20;

/** Gathers pieces and hands them on as one. */
export class SinkBuffer {
  readonly #sink: ByteSink;
  #pieces: Uint8Array[] = [];
  #held = 0;
  #sizeBytes = 0;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** Of all pieces so far, handed on or not. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** `piece` must not change afterwards. */
  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#held += piece.length;
    this.#sizeBytes += piece.length;
  }

  async flushIfLarge(): Promise<void> {
    if (this.#held >= LARGE) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#held === 0) return;
    const joined = new Uint8Array(this.#held);
    let at = 0;
    for (const piece of this.#pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#held = 0;
    await this.#sink(joined);
  }
}
