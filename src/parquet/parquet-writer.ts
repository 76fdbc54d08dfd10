/** Owns the writing of a Parquet file from vectors. */
import { assert } from '../core/assert.js';
import type { Compression } from './compression.js';
import { ChunkEncoder } from './encode-chunk.js';
import { ColumnTally, type ParquetFileFacts } from './file-facts.js';
import { fileFooter, type ChunkFacts, type RowGroupFacts } from './file-footer.js';
import { schemaTree, type SchemaTree } from './leaf-column.js';
import { leafValuesOf } from './leaf-values-of.js';
import { visitLeaves } from './levels.js';
import type { ParquetField } from './parquet-field.js';
import { SinkBuffer, type ByteSink } from './sink-buffer.js';
import type { Vector } from './vector.js';

const DEFAULT_PAGE_SIZE_BYTES = 1 << 20;

/** "PAR1", at both ends of a file. */
const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x31);

/** What a file is to be. */
export interface ParquetWriterOptions {
  readonly fields: readonly ParquetField[];
  readonly compression: Compression;
  /** For the footer, as it is. */
  readonly keyValueMetadata?: Readonly<Record<string, string>>;
  /** About how large a page may get before compression; 1 MiB by default. */
  readonly pageSizeBytes?: number;
}

/** Writes one file, front to back; memory is bounded by one row group. */
export interface ParquetWriter {
  /** Bytes given to the sink so far, or about to be. */
  readonly sizeBytes: number;
  /**
   * Writes a row group of `rows` rows, of none nothing; `columns` are in the order of the fields, and
   * may be used again once the promise is fulfilled. Throws InvariantError for vectors that do not
   * fit the schema or one another. One call at a time.
   */
  writeRowGroup(columns: readonly Vector[], rows: number): Promise<void>;
  /** Ends the file. A file without rows is one. */
  close(): Promise<ParquetFileFacts>;
}

/** Begins a file. `sink` takes its bytes in order and may keep each array. */
export function createParquetWriter(options: ParquetWriterOptions, sink: ByteSink): ParquetWriter {
  return new FileWriter(options, sink);
}

class FileWriter implements ParquetWriter {
  readonly #options: ParquetWriterOptions;
  readonly #schema: SchemaTree;
  readonly #encoder: ChunkEncoder;
  readonly #out: SinkBuffer;
  readonly #tallies: readonly ColumnTally[];
  readonly #rowGroups: RowGroupFacts[] = [];

  constructor(options: ParquetWriterOptions, sink: ByteSink) {
    this.#options = options;
    this.#schema = schemaTree(options.fields);
    const pageSizeBytes = options.pageSizeBytes ?? DEFAULT_PAGE_SIZE_BYTES;
    this.#encoder = new ChunkEncoder(options.compression, pageSizeBytes);
    this.#out = new SinkBuffer(sink);
    this.#tallies = this.#schema.leaves.map((leaf) => new ColumnTally(leaf));
    this.#out.add(MAGIC);
  }

  get sizeBytes(): number {
    return this.#out.sizeBytes;
  }

  async writeRowGroup(columns: readonly Vector[], rows: number): Promise<void> {
    const { nodes } = this.#schema;
    assert(columns.length === nodes.length, `a row group has ${nodes.length} columns`);
    if (rows === 0) return;
    const chunks: ChunkFacts[] = [];
    for (const [place, node] of nodes.entries()) {
      visitLeaves(node, columns[place] as Vector, rows, (index, vector, levels) => {
        const leaf = this.#schema.leaves[index];
        assert(leaf !== undefined, 'a leaf of the walk is one of the schema');
        const offset = this.#out.sizeBytes;
        const encoded = this.#encoder.encode(leaf, levels, leafValuesOf(leaf.type, vector));
        const { parts, ...facts } = encoded;
        for (const part of parts) this.#out.add(part);
        const chunk = { ...facts, leaf, offset };
        this.#tallies[index]?.add(chunk);
        chunks.push(chunk);
      });
      await this.#out.flushIfLarge();
    }
    this.#rowGroups.push({ rows, chunks });
    await this.#out.flush();
  }

  async close(): Promise<ParquetFileFacts> {
    const { fields, compression, keyValueMetadata = {} } = this.#options;
    const { leaves } = this.#schema;
    const rowGroups = this.#rowGroups;
    const footer = fileFooter({ fields, leaves, rowGroups, compression, keyValueMetadata });
    const end = new Uint8Array(4);
    new DataView(end.buffer).setUint32(0, footer.length, true);
    for (const part of [footer, end, MAGIC]) this.#out.add(part);
    await this.#out.flush();
    return {
      rows: rowGroups.reduce((total, group) => total + group.rows, 0),
      sizeBytes: this.#out.sizeBytes,
      splitOffsets: rowGroups.map((group) => group.chunks[0]?.offset ?? 0),
      columns: new Map(
        leaves.map((leaf, index) => [leaf.id, (this.#tallies[index] as ColumnTally).facts()]),
      ),
    };
  }
}
