/** Owns the reading of a run: buckets by number, or all entries of a range of hashes. */
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { bucketOf, type Span } from './buckets.js';
import { DamagedError } from './damaged-error.js';
import { ENTRY_BYTES, ENTRY_WORDS, firstEntryFrom } from './entries.js';
import type { RunInfo } from './head.js';
import { readStretches } from './read-stretches.js';
import {
  TRAILER_BYTES,
  checkBucket,
  decodeDirectory,
  decodeTrailer,
  directoryBytes,
  type RunDirectory,
} from './run-format.js';

/** Where runs lie, and how many entries one of them may have to be kept in memory. */
export interface RunPlace {
  readonly directory: string;
  readonly entriesInMemory: number;
}

/** Entries that lie together, and the index that the first of them has in the run. */
export interface EntriesPart {
  readonly entries: Uint32Array;
  readonly firstIndex: number;
}

/** An open run. What it reads is what was written, else it throws {@link DamagedError}. */
export class RunFile {
  readonly info: RunInfo;
  readonly directory: RunDirectory;
  readonly #file: FileHandle;
  /** All entries, checked, where they are few. */
  #inMemory: Uint32Array | undefined;

  private constructor(info: RunInfo, directory: RunDirectory, file: FileHandle) {
    this.info = info;
    this.directory = directory;
    this.#file = file;
  }

  /** Fails with ENOENT when the run is gone; one of at most `entriesInMemory` is read at once. */
  static async open({ directory, entriesInMemory }: RunPlace, info: RunInfo): Promise<RunFile> {
    const file = await open(join(directory, info.name));
    try {
      const { size } = await file.stat();
      if (size !== info.sizeBytes || size < TRAILER_BYTES)
        throw new DamagedError('A run is not as long as it was written.');
      const trailerAt = size - TRAILER_BYTES;
      const layout = decodeTrailer(await readAt(file, trailerAt, size), size);
      const body = await readAt(file, trailerAt - directoryBytes(layout), trailerAt);
      const run = new RunFile(info, decodeDirectory(body, layout), file);
      if (layout.entries <= entriesInMemory) run.#inMemory = await run.readRange(0, 2 ** 32);
      return run;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Hands over each span's entries; they may be unchecked: see {@link checkBucket}. */
  async readSpans(
    spans: readonly Span[],
    visit: (part: EntriesPart, span: Span) => void,
  ): Promise<void> {
    const inMemory = this.#inMemory;
    if (inMemory !== undefined) {
      for (const span of spans) visit({ entries: inMemory, firstIndex: 0 }, span);
      return;
    }
    const stretches = spans.map((span) => this.#stretchOf(span.firstBucket, span.endBucket));
    await readStretches(this.#file.fd, stretches, (bytes, index) => {
      const span = spans[index] as Span;
      visit({ entries: wordsOf(bytes), firstIndex: this.#startOf(span.firstBucket) }, span);
    });
  }

  /** Throws unless `bucket` is in `part` as it was written. */
  checkBucket(bucket: number, { entries, firstIndex }: EntriesPart): void {
    if (this.#inMemory !== undefined) return;
    const from = (this.#startOf(bucket) - firstIndex) * ENTRY_BYTES;
    const size = (this.#startOf(bucket + 1) - this.#startOf(bucket)) * ENTRY_BYTES;
    const bytes = new Uint8Array(entries.buffer, entries.byteOffset + from, size);
    checkBucket(this.directory, bucket, bytes);
  }

  /** A copy of the entries whose hashes begin with `fromWord` (inclusive) to `toWord` (exclusive). */
  async readRange(fromWord: number, toWord: number): Promise<Uint32Array> {
    const buckets = this.directory.checksums.length;
    const first = bucketOf(fromWord, buckets);
    const end = bucketOf(toWord - 1, buckets) + 1;
    const part = await this.#readBuckets(first, end);
    const from = firstEntryFrom(part, fromWord);
    return part.subarray(from * ENTRY_WORDS, firstEntryFrom(part, toWord) * ENTRY_WORDS);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #readBuckets(first: number, end: number): Promise<Uint32Array> {
    const firstIndex = this.#startOf(first);
    const inMemory = this.#inMemory;
    if (inMemory !== undefined)
      return inMemory.slice(firstIndex * ENTRY_WORDS, this.#startOf(end) * ENTRY_WORDS);
    const { from, to } = this.#stretchOf(first, end);
    const entries = wordsOf(await readAt(this.#file, from, to));
    for (let bucket = first; bucket < end; bucket++)
      this.checkBucket(bucket, { entries, firstIndex });
    return entries;
  }

  #startOf(bucket: number): number {
    return this.directory.starts[bucket] as number;
  }

  #stretchOf(first: number, end: number): { from: number; to: number } {
    return { from: this.#startOf(first) * ENTRY_BYTES, to: this.#startOf(end) * ENTRY_BYTES };
  }
}

async function readAt(file: FileHandle, from: number, to: number): Promise<Uint8Array> {
  let whole: Uint8Array = new Uint8Array(0);
  await readStretches(file.fd, [{ from, to }], (bytes) => {
    whole = bytes;
  });
  return whole;
}

/** A view: the bytes of a read begin where their buffer does. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}
