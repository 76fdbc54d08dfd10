/** Owns the writing of a run, entry after entry in the order of their hashes. */
import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import { assert } from '../core/assert.js';
import { bucketOf, bucketsFor } from './buckets.js';
import { ENTRY_BYTES, ENTRY_WORDS, bytesOfEntries } from './entries.js';
import { runName, type RunInfo } from './head.js';
import { encodeDirectory } from './run-format.js';

/** Where a run is written, and for whom. */
export interface RunTarget {
  readonly directory: string;
  /** The head that is to name the run. */
  readonly sequence: number;
  /** As many entries as there will be, or somewhat more. */
  readonly entries: number;
}

/** Nobody sees the run until a head names it. */
export class RunWriter {
  readonly #path: string;
  readonly #name: string;
  readonly #file: FileHandle;
  readonly #starts: Uint32Array;
  readonly #checksums: Uint32Array;
  #entries = 0;

  private constructor(directory: string, name: string, file: FileHandle, buckets: number) {
    this.#path = join(directory, name);
    this.#name = name;
    this.#file = file;
    this.#starts = new Uint32Array(buckets + 1);
    this.#checksums = new Uint32Array(buckets);
  }

  /** Writes a run with `fill`, and leaves no file behind if that fails. */
  static async write(
    { directory, sequence, entries }: RunTarget,
    fill: (writer: RunWriter) => Promise<readonly string[]>,
  ): Promise<RunInfo> {
    const name = runName(sequence, randomUUID());
    const file = await open(join(directory, name), 'wx');
    const writer = new RunWriter(directory, name, file, bucketsFor(entries));
    try {
      return await writer.#finish(await fill(writer));
    } catch (error) {
      await rm(writer.#path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }

  /** Adds sorted entries, which follow all that were added before. */
  async add(entries: Uint32Array): Promise<void> {
    if (entries.length === 0) return;
    const bytes = bytesOfEntries(entries);
    const count = entries.length / ENTRY_WORDS;
    assert(this.#entries + count < 2 ** 32, 'a run has fewer than 2³² entries');
    const buckets = this.#checksums.length;
    let first = 0;
    while (first < count) {
      const bucket = bucketOf(entries[first * ENTRY_WORDS] as number, buckets);
      let end = first + 1;
      while (end < count && bucketOf(entries[end * ENTRY_WORDS] as number, buckets) === bucket)
        end++;
      const part = bytes.subarray(first * ENTRY_BYTES, end * ENTRY_BYTES);
      this.#checksums[bucket] = crc32(part, this.#checksums[bucket]);
      this.#starts[bucket + 1] = (this.#starts[bucket + 1] as number) + end - first;
      first = end;
    }
    this.#entries += count;
    await writeAll(this.#file, bytes);
  }

  async #finish(filePaths: readonly string[]): Promise<RunInfo> {
    const starts = this.#starts;
    for (let bucket = 1; bucket < starts.length; bucket++)
      starts[bucket] = (starts[bucket] as number) + (starts[bucket - 1] as number);
    const directory = encodeDirectory({ starts, checksums: this.#checksums, filePaths });
    await writeAll(this.#file, directory);
    await this.#file.datasync();
    return {
      name: this.#name,
      entries: this.#entries,
      sizeBytes: this.#entries * ENTRY_BYTES + directory.length,
    };
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done);
    done += bytesWritten;
  }
}
