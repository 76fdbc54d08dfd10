/** Owns the writing of one Parquet file through DuckDB. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BIGINT,
  DuckDBDataChunk,
  DuckDBInstance,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBValue,
} from '@duckdb/node-api';
import { assert } from '../core/assert.js';
import { SystemColumn, type ChangeKind, type TableSchema } from '../lake/column-type.js';
import type { Cell, EncodedRow } from '../lake/encode-row.js';
import { quoteName, quoteText, sqlType } from '../lake/sql-type.js';
import { duckdbType, toDuckdb } from './duckdb-cell.js';

/** A row with its system columns. */
export interface ParquetRow extends EncodedRow {
  readonly change: ChangeKind;
  readonly writtenAtMicros: string | undefined;
}

/** A temporary directory for `use`, gone when it ends, however it ends. */
export async function withTemporaryDirectory<T>(
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** One file as DuckDB wrote it. */
export interface LocalPart {
  readonly path: string;
  /** As DuckDB counts them in the file. */
  readonly rows: number;
}

/** What bounds one file, and with it the memory and disk that writing takes. */
export interface PartLimits {
  /** Text in its cells, about as many bytes; the row that reaches it is the file's last. */
  readonly maxCharacters: number;
}

/**
 * DuckDB holds a file's rows twice while it writes them, and cannot spill the row group it is at:
 * with items of 400 KB (ServiceQuotas.html, Item size) a few thousand rows are a gigabyte.
 */
const DEFAULT_LIMITS: PartLimits = { maxCharacters: 128 * 1024 * 1024 };

/**
 * Writes `rows` as Parquet files in `directory`; none for no rows. The same rows give files of the
 * same bytes. A file is deleted once its reader asks for the next.
 */
export async function* writeParquet(
  directory: string,
  schema: TableSchema,
  rows: AsyncIterable<ParquetRow>,
  { maxCharacters }: PartLimits = DEFAULT_LIMITS,
): AsyncGenerator<LocalPart, void, undefined> {
  const instance = await DuckDBInstance.create(':memory:', {
    // One thread, since batches are the unit of parallel work; and its row order is fixed.
    threads: '1',
    memory_limit: '2GB',
    temp_directory: join(directory, 'spill'),
  });
  try {
    const connection = await instance.connect();
    const path = join(directory, 'part.parquet');
    let table = await openTable(connection, schema);
    for await (const row of rows) {
      table.add(row);
      if (table.characters() < maxCharacters) continue;
      table.close();
      yield { path, rows: await copyToParquet(connection, path) };
      await rm(path);
      table = await openTable(connection, schema);
    }
    table.close();
    if (table.characters() === 0) return;
    yield { path, rows: await copyToParquet(connection, path) };
    await rm(path);
  } finally {
    instance.closeSync();
  }
}

function createTableSql(schema: TableSchema): string {
  const keys = new Set(schema.keyAttributes);
  const columns = schema.columns.map(({ attribute, name, type }) => {
    const required = keys.has(attribute) ? ' NOT NULL' : '';
    return `${quoteName(name)} ${sqlType(type)}${required}`;
  });
  return `CREATE OR REPLACE TABLE rows (${[
    ...columns,
    `${SystemColumn.Change} VARCHAR NOT NULL`,
    `${SystemColumn.WrittenAtMicros} BIGINT`,
    `${SystemColumn.Rest} VARCHAR`,
  ].join(', ')})`;
}

/** As many rows as DuckDB's vectors hold. */
const CHUNK_ROWS = 2048;
/** Wide rows are handed over sooner. */
const CHUNK_CHARACTERS = 8 * 1024 * 1024;

/** The rows of the file to come. */
interface OpenTable {
  add(row: ParquetRow): void;
  /** Text added so far; above zero once there is a row. */
  characters(): number;
  close(): void;
}

async function openTable(connection: DuckDBConnection, schema: TableSchema): Promise<OpenTable> {
  await connection.run(createTableSql(schema));
  const appender = await connection.createAppender('rows');
  const types = [
    ...schema.columns.map((column) => duckdbType(column.type)),
    VARCHAR,
    BIGINT,
    VARCHAR,
  ];
  const chunk = DuckDBDataChunk.create(types);
  const columns: DuckDBValue[][] = types.map(() => []);
  const width = schema.columns.length;
  let total = 0;
  let waiting = 0;
  const flush = (): void => {
    const rowCount = columns[width]?.length ?? 0;
    if (rowCount === 0) return;
    chunk.reset();
    chunk.rowCount = rowCount;
    columns.forEach((values, index) => {
      chunk.setColumnValues(index, values);
      values.length = 0;
    });
    appender.appendDataChunk(chunk);
    waiting = 0;
  };
  return {
    add: (row) => {
      schema.columns.forEach((column, index) => {
        columns[index]?.push(toDuckdb(column.type, row.cells[index] ?? null));
      });
      const micros = row.writtenAtMicros === undefined ? null : BigInt(row.writtenAtMicros);
      columns[width]?.push(row.change);
      columns[width + 1]?.push(micros);
      columns[width + 2]?.push(row.rest);
      const characters = cellSize(row.cells) + cellSize(row.rest) + 1;
      total += characters;
      waiting += characters;
      if (columns[width]?.length === CHUNK_ROWS || waiting >= CHUNK_CHARACTERS) flush();
    },
    characters: () => total,
    close: () => {
      flush();
      appender.closeSync();
    },
  };
}

function cellSize(cell: Cell): number {
  if (typeof cell === 'string') return cell.length;
  if (cell === null || typeof cell === 'boolean') return 1;
  let sum = 0;
  for (const part of cell) sum += cellSize(part);
  return sum;
}

async function copyToParquet(connection: DuckDBConnection, path: string): Promise<number> {
  await connection.run(`COPY rows TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`);
  const result = await connection.runAndReadAll(
    `SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(${quoteText(path)})`,
  );
  const [row] = result.getRows();
  const count = row?.[0];
  assert(typeof count === 'bigint', 'DuckDB counts the rows of a file as an integer');
  return Number(count);
}
