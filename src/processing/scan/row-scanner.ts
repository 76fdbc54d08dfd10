/** Owns the scan of data files' text into rows: columns of values and, beside them, the keys. */
import { assert } from '../../core/assert.js';
import type { TableSchema } from '../../lake/column-type.js';
import type { TableEvidence } from '../../lake/evidence.js';
import type { BytesVector, LongVector, Vector } from '../../parquet/vector.js';
import { bytesHasher } from '../hash-value.js';
import { ByteCursor } from './byte-cursor.js';
import { ChangeScanner, type ScannedChanges } from './change-scanner.js';
import { ColumnWriter, FieldWriters, bytesVector, longVector } from './column-writer.js';
import { ImageScanner } from './image-scanner.js';
import { LineFeed } from './line-feed.js';
import { PassedOver, windowFromMicros } from './passed-over.js';
import { RecordEvidence } from './record-evidence.js';
import { RecordReader, type ImageReader, type RecordFormat } from './record-reader.js';
import { KeySide, type ScannedKeys } from './scanned-keys.js';
import { ValueProfiler } from './value-profiler.js';
import { ValueScanner } from './value-scanner.js';

/** What a scan gives out at a time, unless told otherwise. */
export const MAX_ROWS = 128 * 1024;
export const MAX_BYTES = 64 * 1024 * 1024;
/** The bytes of a batch are counted after so many records, or so much text. */
const COUNT_AFTER_RECORDS = 256;
const COUNT_AFTER_BYTES = 1024 * 1024;

export interface ScanOptions {
  readonly format: RecordFormat;
  /** For messages: the key of the first data file. */
  readonly file: string;
  /** For the columns of hashes; there when the schema has any. */
  readonly hashKey?: string | undefined;
  /** Whether a full export's keys are wanted; an incremental one's always come. */
  readonly withKeys?: boolean;
  /** Whether an incremental export's items before the changes are wanted. */
  readonly withChanges?: boolean;
  /** At this many rows, or keys, a batch is given out. */
  readonly maxRows?: number;
  /** A batch is given out once its vectors take about this much; a single record may go far over. */
  readonly maxBytes?: number;
}

/** A batch of rows. Its arrays are the scanner's own: good until the scanner is called again. */
export interface ScannedRows {
  readonly rows: number;
  /** One for each column of the schema, in its order. */
  readonly columns: readonly Vector[];
  /** Of each row; all empty for a full export. */
  readonly writtenAtMicros: LongVector;
  /**
   * For each row an object of DynamoDB JSON with every attribute that the columns do not reproduce
   * exactly, in the order and spelling of the file; empty when there is none.
   */
  readonly rest: BytesVector;
  /** Undefined when they were not wanted. */
  readonly keys: ScannedKeys | undefined;
  /** Undefined when they were not wanted. */
  readonly changes: ScannedChanges | undefined;
  /** The keys of records of before the window, of which nothing else is here; see `PassedOver`. */
  readonly passedOver: BytesVector | undefined;
}

/**
 * Scans data files, one after the other. After each `push`, `endFile` and `end`, `take` until it
 * answers undefined: that bounds the memory whatever the size of a chunk. CorruptExport names file,
 * line and byte of what no record can be; nothing scanned before may then be kept.
 */
export interface RowScanner {
  /** Records of the present file read so far. */
  readonly records: number;
  /** Takes the next bytes of text, cut anywhere; they must not change until `take` is through. */
  push(chunk: Uint8Array): void;
  /** Takes the end of the present file; its last line needs no newline. */
  endFile(): void;
  /** Goes on with another file after `endFile`; a batch may hold rows of several. */
  nextFile(file: string): void;
  /** Takes the end of the last file, and of the rows. */
  end(): void;
  /** A full batch, or the last one after the end; undefined when there is none. */
  take(): ScannedRows | undefined;
  /** Of all records so far: what a profiler says of them. */
  evidence(): TableEvidence;
  /** Leaves its memory to the next scanner; it and what it gave out are of no use any more. */
  leave(): void;
}

/** Law: columns and rest say of every item what `rowEncoder(schema, hashValue)` says of it. */
export function createRowScanner(schema: TableSchema, options: ScanOptions): RowScanner {
  return new Scanner(schema, options);
}

class Scanner implements RowScanner {
  readonly #feed: LineFeed;
  readonly #cursor: ByteCursor;
  readonly #record: RecordReader;
  readonly #columns: FieldWriters;
  readonly #evidence: RecordEvidence;
  readonly #rest = new ColumnWriter({ kind: 'string' });
  readonly #writtenAt = new ColumnWriter({ kind: 'long' });
  readonly #keys: KeySide | undefined;
  readonly #changes: ChangeScanner | undefined;
  readonly #passedOver: PassedOver | undefined;
  readonly #isFull: boolean;
  readonly #maxRows: number;
  readonly #maxBytes: number;
  #rows = 0;
  #records = 0;
  #uncountedRecords = 0;
  #uncountedBytes = 0;
  #batchIsFull = false;
  #isTaken = false;
  #hasEnded = false;

  constructor(schema: TableSchema, options: ScanOptions) {
    const { keyAttributes, columns, omitted = [] } = schema;
    const {
      format,
      file,
      hashKey,
      withKeys = true,
      withChanges = false,
      maxRows = MAX_ROWS,
      maxBytes = MAX_BYTES,
    } = options;
    this.#isFull = format.kind === 'full';
    this.#maxRows = maxRows;
    this.#maxBytes = maxBytes;
    const isHashed = (name: string): boolean =>
      columns.some(({ attribute, type }) => attribute === name && type.kind === 'hash');
    const hash = hashKey === undefined ? undefined : bytesHasher(hashKey);
    const mayQuote = omitted.length === 0 && !columns.some(({ type }) => type.kind === 'hash');
    this.#cursor = new ByteCursor(file, mayQuote);
    this.#feed = new LineFeed(this.#cursor);
    this.#columns = new FieldWriters(columns);
    const profiler = new ValueProfiler(this.#cursor);
    const values = new ValueScanner(this.#cursor, profiler, hash);
    this.#evidence = new RecordEvidence(this.#cursor, profiler, this.#columns, keyAttributes);
    const evidence = { of: this.#evidence, profiler };
    const image = new ImageScanner(
      this.#cursor,
      schema,
      this.#columns,
      this.#rest,
      values,
      evidence,
    );
    const newImages: ImageReader = {
      readImage: (keyValues) => {
        image.read(this.#rows, this.#rows, keyValues);
      },
    };
    this.#changes = withChanges ? new ChangeScanner(this.#cursor, schema, hash) : undefined;
    this.#record = new RecordReader(this.#cursor, format, keyAttributes, newImages, this.#changes);
    const keyHashes = keyAttributes.map((name) => (isHashed(name) ? hash : undefined));
    this.#keys = withKeys || !this.#isFull ? new KeySide(this.#cursor, keyHashes) : undefined;
    this.#passedOver =
      windowFromMicros(format) === undefined
        ? undefined
        : new PassedOver(this.#cursor, format, keyAttributes, keyHashes);
  }

  get records(): number {
    return this.#feed.lines;
  }

  push(chunk: Uint8Array): void {
    this.#recycle();
    this.#feed.push(chunk);
    this.#scan();
  }

  endFile(): void {
    this.#recycle();
    this.#feed.end();
    this.#scan();
  }

  nextFile(file: string): void {
    this.#feed.nextFile(file);
  }

  end(): void {
    this.endFile();
    this.#hasEnded = true;
  }

  take(): ScannedRows | undefined {
    if (this.#isTaken) {
      this.#recycle();
      this.#scan();
    }
    if (!this.#batchIsFull && !(this.#hasEnded && this.#recordsRead > 0)) return undefined;
    this.#isTaken = true;
    const rows = this.#rows;
    return {
      rows,
      columns: this.#columns.vectors(rows),
      writtenAtMicros: longVector(this.#writtenAt, rows),
      rest: bytesVector(this.#rest, rows),
      keys: this.#keys?.take(this.#records),
      changes: this.#changes?.take(),
      passedOver: this.#passedOver?.take(),
    };
  }

  /** Of the batch, those that were passed over among them. */
  get #recordsRead(): number {
    return this.#records + (this.#passedOver?.length ?? 0);
  }

  evidence(): TableEvidence {
    return this.#evidence.evidence();
  }

  leave(): void {
    this.#columns.leave();
    this.#rest.leave();
    this.#writtenAt.leave();
    this.#keys?.leave();
    this.#changes?.leave();
  }

  #scan(): void {
    const feed = this.#feed;
    while (!this.#batchIsFull && feed.next()) {
      if (this.#passedOver?.passes() !== true) {
        this.#record.read();
        this.#endRecord();
      }
      this.#uncountedBytes += feed.closeLine();
      this.#uncountedRecords++;
      this.#batchIsFull = this.#isFullNow();
    }
  }

  #endRecord(): void {
    const record = this.#record;
    this.#keys?.add(record, record.hasImage ? this.#rows : -1, !this.#isFull);
    this.#changes?.endRecord(record.keyValues);
    this.#records++;
    if (!record.hasImage) {
      this.#evidence.addDeleted(record.keyValues);
      return;
    }
    this.#evidence.limitOthers();
    if (!this.#isFull) {
      this.#writtenAt.reach(this.#rows);
      this.#writtenAt.putLong(record.stampLow, record.stampHigh);
    }
    this.#rows++;
  }

  #isFullNow(): boolean {
    if (this.#recordsRead >= this.#maxRows) return true;
    const isTime =
      this.#uncountedRecords >= COUNT_AFTER_RECORDS || this.#uncountedBytes >= COUNT_AFTER_BYTES;
    if (!isTime) return false;
    this.#uncountedRecords = this.#uncountedBytes = 0;
    const size =
      this.#columns.sizeBytes() +
      this.#rest.sizeBytes() +
      this.#writtenAt.sizeBytes() +
      (this.#keys?.sizeBytes() ?? 0) +
      (this.#changes?.sizeBytes() ?? 0) +
      (this.#passedOver?.sizeBytes() ?? 0);
    return size >= this.#maxBytes;
  }

  /** Forgets the batch that was taken. */
  #recycle(): void {
    assert(this.#isTaken === this.#batchIsFull || this.#hasEnded, 'a full batch is taken at once');
    if (!this.#isTaken) return;
    this.#isTaken = this.#batchIsFull = false;
    this.#rows = this.#records = 0;
    this.#columns.reset();
    this.#rest.reset();
    this.#writtenAt.reset();
    this.#keys?.reset();
    this.#changes?.reset();
    this.#passedOver?.reset();
  }
}
