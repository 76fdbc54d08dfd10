/** Owns what a table's position deletes take out, counted and kept in DuckDB while files are rewritten. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LiveFile } from '../../../iceberg/live-file.js';
import { fileKey } from '../../../iceberg/manifest.js';
import { partitionKey } from '../../../iceberg/partition-key.js';
import { quoteText } from '../../../lake/sql-type.js';
import type { CompactionFacts } from './plan-compaction.js';

/** A file of position deletes, and its local copy. */
export interface LocalDeletes {
  readonly live: LiveFile;
  readonly path: string;
}

/** A data file to which position deletes may apply. */
export interface DeletableFile {
  readonly live: LiveFile;
  readonly canRewrite: boolean;
}

const SLICE = 1000;

/**
 * Makes the tables `data_files` and `deletes`, and tells what they come to. Deletes apply to data that
 * is as old as they are, or older: https://iceberg.apache.org/spec/#scan-planning.
 */
export async function loadDeletes(
  connection: DuckDBConnection,
  dataFiles: readonly DeletableFile[],
  deleteFiles: readonly LocalDeletes[],
): Promise<CompactionFacts> {
  await fill(
    connection,
    'data_files',
    dataFiles.map(({ live }) => ({ text: live.file.file_path, live })),
  );
  await fill(
    connection,
    'delete_files',
    deleteFiles.map(({ live, path }) => ({ text: path, live })),
  );
  await connection.run(
    'CREATE TABLE deletes (data_file INTEGER, delete_file INTEGER, position BIGINT)',
  );
  if (deleteFiles.length > 0) {
    const paths = deleteFiles.map(({ path }) => quoteText(path)).join(', ');
    await connection.run(`INSERT INTO deletes
SELECT data_files.number, delete_files.number, rows.pos
FROM read_parquet([${paths}], filename = true) AS rows
JOIN delete_files ON delete_files.text = rows.filename
JOIN data_files ON data_files.text = rows.file_path
WHERE delete_files.sequence_number >= data_files.sequence_number`);
  }
  const deleted = new Map<unknown, number>();
  for (const [file, rows] of await rowsOf(
    connection,
    'SELECT data_file, count(DISTINCT position) FROM deletes GROUP BY data_file',
  )) {
    deleted.set(file, Number(rows));
  }
  const applied = deleteFiles.map(() => new Map<string, number>());
  for (const [deletes, file, rows] of await rowsOf(
    connection,
    'SELECT delete_file, data_file, count(*) FROM deletes GROUP BY delete_file, data_file',
  )) {
    const location = dataFiles[Number(file)]?.live.file.file_path ?? '';
    applied[Number(deletes)]?.set(location, Number(rows));
  }
  return {
    dataFiles: dataFiles.map(({ live: { file }, canRewrite }, number) => ({
      location: file.file_path,
      partition: partitionKey(file),
      sizeBytes: file.file_size_in_bytes,
      rows: file.record_count,
      deletedRows: deleted.get(number) ?? 0,
      canRewrite,
    })),
    deleteFiles: deleteFiles.map(({ live: { file } }, number) => ({
      location: fileKey(file),
      partition: partitionKey(file),
      sizeBytes: file.file_size_in_bytes,
      rows: file.record_count,
      appliedRows: applied[number] ?? new Map<string, number>(),
    })),
  };
}

/** A condition on `file_row_number` that holds for rows of `dataFile` that are not taken out. */
export function isLiveSql(dataFile: string): string {
  return `file_row_number NOT IN (
  SELECT position FROM deletes JOIN data_files ON number = data_file
  WHERE text = ${quoteText(dataFile)}
)`;
}

/** What files of deletes say of data files that stay, as rows of POSITION_DELETE_FIELDS in their order. */
export function mergedDeletesSql(
  deleteFiles: readonly LocalDeletes[],
  gone: readonly string[],
): string {
  return `SELECT DISTINCT data_files.text AS file_path, position AS pos
FROM deletes
JOIN data_files ON data_files.number = data_file
JOIN delete_files ON delete_files.number = delete_file
WHERE delete_files.text IN (${deleteFiles.map(({ path }) => quoteText(path)).join(', ')})
  AND data_files.text NOT IN (${['', ...gone].map(quoteText).join(', ')})
ORDER BY file_path, pos`;
}

async function fill(
  connection: DuckDBConnection,
  table: string,
  files: readonly { readonly text: string; readonly live: LiveFile }[],
): Promise<void> {
  await connection.run(
    `CREATE TABLE ${table} (number INTEGER, text VARCHAR, sequence_number BIGINT)`,
  );
  for (let at = 0; at < files.length; at += SLICE) {
    const rows = files
      .slice(at, at + SLICE)
      .map(
        ({ text, live }, index) =>
          `(${String(at + index)}, ${quoteText(text)}, ${String(live.sequenceNumber)})`,
      );
    await connection.run(`INSERT INTO ${table} VALUES ${rows.join(', ')}`);
  }
}

async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
): Promise<readonly (readonly unknown[])[]> {
  return (await connection.runAndReadAll(sql)).getRows();
}
