/** Owns sorting more entries than memory holds: by ranges of hashes, in a file without a name. */
import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { ENTRY_WORDS, bytesOfEntries, copyEntry, entriesOf, type RowsOfFile } from './entries.js';
import { stagedName } from './head.js';
import { readStretches, type Stretch } from './read-stretches.js';
import { newestOfEachKey, sortEntries } from './sort-entries.js';

/** Ranges of hashes, each sorted in memory: 8 MiB each at 64 million entries. */
const PARTITIONS = 256;
const PARTITION_SHIFT = 24;
/** Entries of a partition that are written at once, 64 KiB: 16 MiB of memory for all partitions. */
const CHUNK_ENTRIES = 2_048;

/** Entries of a range of hashes, sorted, one a key. */
export interface SortedPartition {
  readonly entries: Uint32Array;
  /** First words of the range's hashes: from (inclusive) to (exclusive). */
  readonly fromWord: number;
  readonly toWord: number;
  /** Rows of the range, repeated keys included. */
  readonly rows: number;
}

interface Partition {
  chunk: Uint32Array;
  /** Words of `chunk` that are in use. */
  used: number;
  readonly written: Stretch[];
}

/** Takes rows in any order, and gives them back sorted. */
export class RowSpill {
  readonly #file: FileHandle;
  readonly #partitions: readonly Partition[];
  readonly #ordinals = new Map<string, number>();
  #full: Uint32Array[] = [];
  #sizeBytes = 0;
  #rows = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
    this.#partitions = Array.from({ length: PARTITIONS }, () => ({
      chunk: new Uint32Array(0),
      used: 0,
      written: [],
    }));
  }

  /** Runs `work` with a spill for the head at `sequence`, of which nothing is left afterwards. */
  static async use<T>(
    directory: string,
    sequence: number,
    work: (spill: RowSpill) => Promise<T>,
  ): Promise<T> {
    const path = join(directory, stagedName(sequence, randomUUID()));
    const file = await open(path, 'wx+');
    try {
      // An open file needs no name: so it goes with the process, however that ends.
      await rm(path, { force: true });
      return await work(new RowSpill(file));
    } finally {
      await file.close();
    }
  }

  get rows(): number {
    return this.#rows;
  }

  /** Paths of the files of all rows so far; entries name them by their ordinals here. */
  get filePaths(): string[] {
    return [...this.#ordinals.keys()];
  }

  async add(rows: RowsOfFile): Promise<void> {
    const file = this.#ordinals.get(rows.filePath) ?? this.#ordinals.size;
    this.#ordinals.set(rows.filePath, file);
    const entries = entriesOf(rows, file);
    for (let at = 0; at < entries.length; at += ENTRY_WORDS) this.#put(entries, at);
    this.#rows += rows.keys.length;
    await this.#writeFull();
  }

  /** Everything that was added, by hash. */
  async *sorted(): AsyncGenerator<SortedPartition> {
    for (const [index, partition] of this.#partitions.entries()) {
      const entries = await this.#read(partition);
      yield {
        entries: newestOfEachKey(sortEntries(entries)),
        fromWord: index * 2 ** PARTITION_SHIFT,
        toWord: (index + 1) * 2 ** PARTITION_SHIFT,
        rows: entries.length / ENTRY_WORDS,
      };
    }
  }

  #put(entries: Uint32Array, at: number): void {
    const partition = this.#partitions[(entries[at] as number) >>> PARTITION_SHIFT] as Partition;
    if (partition.used === partition.chunk.length) this.#makeRoom(partition);
    copyEntry(entries, at, partition.chunk, partition.used);
    partition.used += ENTRY_WORDS;
  }

  /** Doubles a chunk up to its full size, so that a small table takes little; then begins another. */
  #makeRoom(partition: Partition): void {
    const { chunk } = partition;
    const full = CHUNK_ENTRIES * ENTRY_WORDS;
    if (chunk.length === full) {
      const from = this.#sizeBytes;
      this.#sizeBytes += chunk.byteLength;
      partition.written.push({ from, to: this.#sizeBytes });
      this.#full.push(chunk);
      partition.chunk = new Uint32Array(full);
      partition.used = 0;
      return;
    }
    partition.chunk = new Uint32Array(Math.max(ENTRY_WORDS * 16, chunk.length * 2));
    partition.chunk.set(chunk);
  }

  async #writeFull(): Promise<void> {
    let at = this.#sizeBytes - this.#full.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    for (const chunk of this.#full) {
      const bytes = bytesOfEntries(chunk);
      let done = 0;
      while (done < bytes.length) {
        const { bytesWritten } = await this.#file.write(
          bytes,
          done,
          bytes.length - done,
          at + done,
        );
        done += bytesWritten;
      }
      at += bytes.length;
    }
    this.#full = [];
  }

  async #read({ chunk, used, written }: Partition): Promise<Uint32Array> {
    const perChunk = CHUNK_ENTRIES * ENTRY_WORDS;
    const entries = new Uint32Array(written.length * perChunk + used);
    const bytes = bytesOfEntries(entries);
    await readStretches(this.#file.fd, written, (part, index) => {
      bytes.set(part, index * part.length);
    });
    entries.set(chunk.subarray(0, used), written.length * perChunk);
    return entries;
  }
}
