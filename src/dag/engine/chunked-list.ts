/** Owns a list as plain JSON of which changing one entry copies a little and never the whole. */

/**
 * Entries in chunks of {@link CHUNK}. One change copies one chunk and the list of chunks: for 10,000
 * entries about 64 + 157 references, where copying the list would cost 10,000.
 */
export type ChunkedList<T> = readonly (readonly T[])[];

const CHUNK = 64;

/** A list of `length` entries made by `make`. */
export function makeChunked<T>(length: number, make: (index: number) => T): ChunkedList<T> {
  const chunks: T[][] = [];
  for (let start = 0; start < length; start += CHUNK) {
    const size = Math.min(CHUNK, length - start);
    chunks.push(Array.from({ length: size }, (_entry, offset) => make(start + offset)));
  }
  return chunks;
}

/** The entry at `index`; undefined past the end. */
export function chunkedAt<T>(list: ChunkedList<T>, index: number): T | undefined {
  return list[Math.floor(index / CHUNK)]?.[index % CHUNK];
}

/** Every entry in order. */
export function* chunkedEntries<T>(list: ChunkedList<T>): Generator<T> {
  for (const chunk of list) yield* chunk;
}

/** Changes a list within one event; each chunk is copied at most once, the base never changes. */
export class ChunkedDraft<T> {
  #chunks: readonly (readonly T[])[];
  readonly #own = new Map<number, T[]>();

  constructor(base: ChunkedList<T>) {
    this.#chunks = base;
  }

  get(index: number): T {
    const chunk =
      this.#own.get(Math.floor(index / CHUNK)) ?? this.#chunks[Math.floor(index / CHUNK)];
    return chunk?.[index % CHUNK] as T;
  }

  set(index: number, entry: T): void {
    const at = Math.floor(index / CHUNK);
    let chunk = this.#own.get(at);
    if (chunk === undefined) {
      chunk = [...(this.#chunks[at] ?? [])];
      this.#own.set(at, chunk);
    }
    chunk[index % CHUNK] = entry;
  }

  /** The list as it is now; the draft must not be used afterwards. */
  finish(): ChunkedList<T> {
    if (this.#own.size === 0) return this.#chunks;
    const chunks = [...this.#chunks];
    for (const [at, chunk] of this.#own) chunks[at] = chunk;
    this.#chunks = chunks;
    return chunks;
  }
}
