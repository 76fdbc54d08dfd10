/** Owns reading the keys of a table's rows back from its data files, from which an index can be built. */
import { rm } from 'node:fs/promises';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { FileContent, isDeletionVector } from '../../iceberg/manifest.js';
import type { LiveFile } from '../../iceberg/live-file.js';
import type { ScanPlan } from '../../iceberg/plan-scan.js';
import { ownColumns, tableSchemaOf, type KnownTable } from '../../iceberg/table-columns.js';
import type { ColumnType } from '../../lake/column-type.js';
import { keyBytes, type KeyValue } from '../../lake/key-bytes.js';
import { quoteText } from '../../lake/sql-type.js';
import type { RowsOfFile } from '../../positions/entries.js';
import { hashKeys } from '../../positions/key-hashes.js';
import type { ParquetField } from '../../parquet/parquet-field.js';
import type { BytesVector } from '../../parquet/vector.js';
import { fromDuckdb } from '../duckdb-cell.js';
import { readSchemaSql } from './iceberg-view.js';
import { parquetFieldsOf } from '../../iceberg/parquet-fields.js';

/** What keys are read from. */
export interface KeyFiles {
  readonly known: KnownTable;
  readonly plan: ScanPlan;
  /** Local copies of files of the table, see local-paths.ts; a data file's is deleted once it was read. */
  readonly localPaths: (files: readonly LiveFile[]) => Promise<readonly string[]>;
}

/** Rows as they are read back: each with its place and its time of writing. */
export interface ReadRows extends RowsOfFile {
  readonly positions: Uint32Array;
  readonly writtenAtMicros: Float64Array;
}

/** The rows of `dataFiles` that no position delete takes out, file after file, some thousand at a time. */
export async function* readKeys(
  { known, plan, localPaths }: KeyFiles,
  dataFiles: readonly LiveFile[],
): AsyncGenerator<ReadRows, void, undefined> {
  const { fields, types } = keyColumns(known);
  const names = fields.map(({ id }) => `field_${id}`).join(', ');
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  try {
    const connection = await instance.connect();
    for (const dataFile of dataFiles) {
      const deletes = plan.deletesOf(dataFile);
      deletes.forEach(requireReadable);
      const [path = '', ...deletePaths] = await localPaths([dataFile, ...deletes]);
      const filePath = dataFile.file.file_path;
      const result = await connection.stream(
        `SELECT file_row_number, ${names}
FROM read_parquet([${quoteText(path)}], ${readSchemaSql(fields)}) AS rows
${deletePaths.length === 0 ? '' : notDeleted(filePath, deletePaths)}`,
      );
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) break;
        const columns = chunk.getColumns();
        const [positions = [], writtenAtMicros = [], ...values] = columns;
        yield {
          filePath,
          keys: hashKeys(keyVector(types, values, chunk.rowCount)),
          positions: Uint32Array.from(positions, Number),
          writtenAtMicros: Float64Array.from(writtenAtMicros, (micros) =>
            micros === null || !isStamp(Number(micros)) ? NaN : Number(micros),
          ),
        };
      }
      // A file of deletes may apply to many data files: its copy stays.
      await rm(path, { force: true });
    }
  } finally {
    instance.closeSync();
  }
}

/** Another writer may have left something else there. */
function isStamp(micros: number): boolean {
  return Number.isSafeInteger(micros) && micros >= 0;
}

function requireReadable({ file }: LiveFile): void {
  const isPositions = file.content === FileContent.PositionDeletes;
  if (isPositions && (isDeletionVector(file) || file.file_format.toUpperCase() === 'PARQUET'))
    return;
  throw new TidemarkError(`${file.file_path} deletes rows in a form that tidemark does not read.`, {
    code: ErrorCode.InvalidConfig,
    subject: file.file_path,
    hint: 'Compact the table with the engine that wrote it, so that its deletes are applied.',
  });
}

function notDeleted(filePath: string, deletePaths: readonly string[]): string {
  return `WHERE file_row_number NOT IN (
  SELECT pos FROM read_parquet([${deletePaths.map(quoteText).join(', ')}]) WHERE file_path = ${quoteText(filePath)}
)`;
}

/** The columns to read, the time of writing first; and the types of the key's. */
function keyColumns(known: KnownTable): {
  readonly fields: readonly Pick<ParquetField, 'id' | 'type'>[];
  readonly types: readonly ColumnType[];
} {
  const { schema, columns } = known;
  const byId = new Map(parquetFieldsOf(known).map((field) => [field.id, field]));
  const own = ownColumns(schema.fields, columns.columns);
  const tableColumns = tableSchemaOf(known).columns;
  const ids = columns.keyAttributes.map(
    (attribute) => own.find((column) => column.attribute === attribute)?.id ?? 0,
  );
  return {
    fields: [columns.writtenAtMicrosId, ...ids].map((id) => ({
      id,
      type: byId.get(id)?.type ?? { kind: 'long' },
    })),
    types: columns.keyAttributes.map(
      (attribute) =>
        tableColumns.find((column) => column.attribute === attribute)?.type ?? { kind: 'string' },
    ),
  };
}

function keyVector(
  types: readonly ColumnType[],
  columns: readonly (readonly DuckDBValue[])[],
  rows: number,
): BytesVector {
  const keys: Uint8Array[] = [];
  const offsets = new Int32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    const values = columns.map((column, index): KeyValue => {
      const cell = fromDuckdb(types[index] as ColumnType, column[row] ?? null) as string;
      return types[index]?.kind === 'binary' ? Buffer.from(cell, 'base64') : cell;
    });
    const key = keyBytes(types, values);
    keys.push(key);
    offsets[row + 1] = (offsets[row] as number) + key.length;
  }
  const valid = new Uint8Array(rows).fill(1);
  return { kind: 'bytes', length: rows, values: rows, valid, offsets, data: Buffer.concat(keys) };
}
