/** Owns the writing of rows into files of their partitions, however many partitions a batch has. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { BEST_COMPRESSION } from '../../parquet/compression.js';
import { createParquetWriter, type ParquetWriter } from '../../parquet/parquet-writer.js';
import type { ScannedRows } from '../scan/row-scanner.js';
import type { LocalFile } from '../threads/local-files.js';
import type { FilesPlace, RowFiles, RowPlaces } from '../threads/row-files.js';
import { GatheredColumn } from './gathered-column.js';
import type { PartitionField } from './partition-column.js';
import { Partitioner, type Partition } from './partition-rows.js';
import { rankedVector, type RankedVector } from './ranked-vector.js';

export interface PartitionedFilesOptions extends FilesPlace {
  readonly partitionFields: readonly PartitionField[];
  /** More partitions than this are refused. */
  readonly maxPartitions: number;
  /** Held in memory until it is worth a row group; by default {@link HELD_BYTES}. */
  readonly heldBytes?: number;
}

/** So many files are under way at most: each has the memory of an encoder, but no descriptor. */
const MAX_BEGUN = 64;
const HELD_BYTES = 64 * 1024 * 1024;
/** What a partition takes in memory besides its values, for each of its columns. */
const COLUMN_BYTES = 512;

/**
 * Gathers rows by partition. When too much is held, the partitions that have most are written as row
 * groups; so there is a file for each partition, and more only where many large ones take turns.
 */
export function createPartitionedFiles(options: PartitionedFilesOptions): RowFiles {
  return new PartitionedFiles(options);
}

/** The file that rows of a partition go to now. */
interface PartitionFile {
  readonly partition: Partition;
  readonly number: number;
  readonly path: string;
  /** Written and held. */
  rows: number;
  held: readonly GatheredColumn[];
  heldRows: number;
  heldBytes: number;
  writer: ParquetWriter | undefined;
}

class PartitionedFiles implements RowFiles {
  readonly #options: PartitionedFilesOptions;
  readonly #partitioner: Partitioner;
  readonly #current = new Map<number, PartitionFile>();
  readonly #begun = new Set<PartitionFile>();
  readonly #written: LocalFile[] = [];
  #files = 0;

  constructor(options: PartitionedFilesOptions) {
    this.#options = options;
    this.#partitioner = new Partitioner(options.partitionFields);
  }

  async add({ columns, writtenAtMicros, rest, rows: count }: ScannedRows): Promise<RowPlaces> {
    const files = new Int32Array(count);
    const positions = new Int32Array(count);
    const split = this.#partitioner.split(columns, count);
    this.#requireFew();
    const vectors = [...columns, writtenAtMicros, rest].map(rankedVector);
    for (const { partition, rows } of split) {
      const file = this.#current.get(partition) ?? this.#newFile(partition);
      for (const row of rows) {
        files[row] = file.number;
        positions[row] = file.rows++;
      }
      hold(file, vectors, rows);
    }
    await this.#makeRoom();
    return {
      fileOf: (row) => files[row] as number,
      positionOf: (row) => positions[row] as number,
    };
  }

  async end(): Promise<readonly LocalFile[]> {
    for (const file of this.#current.values()) await this.#endFile(file);
    return this.#written;
  }

  abandon(): void {
    // Nothing is open between two writes.
  }

  #newFile(partition: number): PartitionFile {
    const number = this.#files++;
    const file: PartitionFile = {
      partition: this.#partitioner.partition(partition),
      number,
      path: join(this.#options.directory, `${number}.parquet`),
      rows: 0,
      held: this.#emptyColumns(),
      heldRows: 0,
      heldBytes: 0,
      writer: undefined,
    };
    this.#current.set(partition, file);
    return file;
  }

  #emptyColumns(): readonly GatheredColumn[] {
    return this.#options.fields.map(({ type }) => new GatheredColumn(type));
  }

  /** Until half of what may be held is free again: each time few partitions, and large groups. */
  async #makeRoom(): Promise<void> {
    const { heldBytes: limit = HELD_BYTES, fileBytes } = this.#options;
    let held = 0;
    for (const { heldBytes } of this.#current.values()) held += heldBytes;
    if (held <= limit) return;
    const largest = [...this.#current].sort(([, a], [, b]) => b.heldBytes - a.heldBytes);
    for (const [partition, file] of largest) {
      held -= file.heldBytes;
      await this.#flush(file);
      if ((file.writer?.sizeBytes ?? 0) >= fileBytes) await this.#endCurrent(partition, file);
      if (this.#begun.size > MAX_BEGUN) await this.#endOldest();
      if (held <= limit / 2) return;
    }
  }

  /** The partition that was begun first; its next rows begin another file. */
  async #endOldest(): Promise<void> {
    for (const [partition, file] of this.#current) {
      if (!this.#begun.has(file)) continue;
      await this.#endCurrent(partition, file);
      return;
    }
  }

  async #endCurrent(partition: number, file: PartitionFile): Promise<void> {
    this.#current.delete(partition);
    await this.#endFile(file);
  }

  async #flush(file: PartitionFile): Promise<void> {
    if (file.heldRows === 0) return;
    const { fields } = this.#options;
    file.writer ??= createParquetWriter({ fields, compression: BEST_COMPRESSION }, (bytes) => {
      // Opened anew each time, so that thousands of files need no descriptor each.
      appendFileSync(file.path, bytes);
    });
    this.#begun.add(file);
    await file.writer.writeRowGroup(
      file.held.map((column) => column.vector()),
      file.heldRows,
    );
    file.held = this.#emptyColumns();
    file.heldRows = file.heldBytes = 0;
  }

  async #endFile(file: PartitionFile): Promise<void> {
    await this.#flush(file);
    const facts = await file.writer?.close();
    file.writer = undefined;
    file.held = [];
    this.#begun.delete(file);
    const { path, partition, number } = file;
    if (facts !== undefined) this.#written[number] = { path, facts, partition };
  }

  #requireFew(): void {
    const { maxPartitions } = this.#options;
    const { count } = this.#partitioner;
    if (count <= maxPartitions) return;
    throw new TidemarkError(`partitionBy parts the table into more than ${maxPartitions} parts.`, {
      code: ErrorCode.InvalidConfig,
      subject: 'partitionBy',
      hint: 'Each part has files of its own; choose coarser terms, such as bucket(16, …) or a shorter truncate.',
    });
  }
}

function hold(file: PartitionFile, vectors: readonly RankedVector[], rows: Int32Array): void {
  let bytes = file.held.length * COLUMN_BYTES;
  for (const [index, column] of file.held.entries()) {
    column.add(vectors[index] as RankedVector, rows);
    bytes += column.sizeBytes();
  }
  file.heldRows += rows.length;
  file.heldBytes = bytes;
}
