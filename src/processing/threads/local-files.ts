/** Owns the Parquet files on local disk that a run's rows go to, one after another. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { PartitionValue } from '../../iceberg/manifest.js';
import { BEST_COMPRESSION } from '../../parquet/compression.js';
import type { ParquetFileFacts } from '../../parquet/file-facts.js';
import type { ParquetField } from '../../parquet/parquet-field.js';
import { createParquetWriter, type ParquetWriter } from '../../parquet/parquet-writer.js';
import type { Vector } from '../../parquet/vector.js';

/** A file of rows, and which they are of. */
export interface LocalFile {
  readonly path: string;
  readonly facts: ParquetFileFacts;
  /** The values of its partition; none where rows are not parted. */
  readonly partition: Readonly<Record<string, PartitionValue>>;
}

/** Files of `fields` in a directory that is made if need be; each ends once it has reached `fileBytes`. */
export class LocalFiles {
  readonly #fields: readonly ParquetField[];
  readonly #directory: string;
  readonly #fileBytes: number;
  readonly #ended: LocalFile[] = [];
  #open: OpenedFile | undefined;

  constructor(fields: readonly ParquetField[], directory: string, fileBytes: number) {
    this.#fields = fields;
    this.#directory = directory;
    this.#fileBytes = fileBytes;
  }

  /** Of the file that the next rows go to, from 0. */
  get index(): number {
    return this.#ended.length;
  }

  /** That are in that file already. */
  get rows(): number {
    return this.#open?.rows ?? 0;
  }

  async write(vectors: readonly Vector[], rows: number): Promise<void> {
    if (rows === 0) return;
    const file = (this.#open ??= this.#begin());
    await file.writer.writeRowGroup(vectors, rows);
    file.rows += rows;
    if (file.writer.sizeBytes >= this.#fileBytes) await this.#end(file);
  }

  /** All files; none where nothing was written. */
  async end(): Promise<readonly LocalFile[]> {
    if (this.#open !== undefined) await this.#end(this.#open);
    return this.#ended;
  }

  /** Lets go of a file that was not ended. */
  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  #begin(): OpenedFile {
    mkdirSync(this.#directory, { recursive: true });
    const path = join(this.#directory, `${this.#ended.length}.parquet`);
    const descriptor = openSync(path, 'wx');
    const options = { fields: this.#fields, compression: BEST_COMPRESSION };
    // The thread has nothing else to do while it writes.
    const writer = createParquetWriter(options, (bytes) => {
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    });
    return { path, descriptor, writer, rows: 0 };
  }

  async #end({ path, writer }: OpenedFile): Promise<void> {
    const facts = await writer.close();
    this.#ended.push({ path, facts, partition: {} });
    this.close();
  }
}

interface OpenedFile {
  readonly path: string;
  readonly descriptor: number;
  readonly writer: ParquetWriter;
  rows: number;
}
