/** Owns which rows a made window changes: any of those that are there, each once. */
import { CHANGE_KINDS } from '../../src/lake/column-type.js';

export const WINDOW_CHANGES = 15_000;

const [INSERT, UPDATE, DELETE] = (['insert', 'update', 'delete'] as const).map((kind) =>
  CHANGE_KINDS.indexOf(kind),
) as [number, number, number];

/** A row is known by its place in the order in which rows were made. */
export interface MadeChange {
  readonly kind: number;
  readonly place: number;
}

export function isDelete({ kind }: MadeChange): boolean {
  return kind === DELETE;
}

/** The places of a table's rows; a bit each, so that they take no room to speak of. */
export class LiveRows {
  readonly #gone: Uint8Array;
  #places: number;
  #state = 1;

  /** With room for what `windows` windows insert. */
  constructor(rows: number, windows: number) {
    this.#places = rows;
    this.#gone = new Uint8Array(Math.ceil((rows + windows * WINDOW_CHANGES) / 8));
  }

  /** 70% updates and 15% deletes of random rows, and 15% inserts: the table stays as large. */
  nextWindow(): readonly MadeChange[] {
    const taken = new Set<number>();
    const changes: MadeChange[] = [];
    for (let index = 0; index < WINDOW_CHANGES; index++) {
      const share = index % 20;
      if (share >= 17) continue;
      changes.push({ kind: share < 14 ? UPDATE : DELETE, place: this.#pick(taken) });
    }
    for (const change of changes) if (isDelete(change)) this.#remove(change.place);
    while (changes.length < WINDOW_CHANGES) changes.push({ kind: INSERT, place: this.#places++ });
    return changes;
  }

  #pick(taken: Set<number>): number {
    for (;;) {
      const place = Math.floor(this.#random() * this.#places);
      const isGone = ((this.#gone[place >> 3] as number) >> (place & 7)) & 1;
      if (isGone === 1 || taken.has(place)) continue;
      taken.add(place);
      return place;
    }
  }

  #remove(place: number): void {
    this.#gone[place >> 3] = (this.#gone[place >> 3] as number) | (1 << (place & 7));
  }

  /** From 0 to 1, the same in every run: Steele and Vigna's SplitMix of 32 bits. */
  #random(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }
}
