/** Owns the SQL of a table's history of loads: one row for each window that was committed. */
import type { Instant } from '../core/instant.js';
import type { ExportScope } from '../export/table-exports.js';
import type { ChangeCounts } from './commit-record.js';
import { quoteText } from './sql-type.js';

/** A load that counts. */
export interface CommittedLoad {
  readonly scope: ExportScope;
  readonly committedAt: Instant;
  readonly counts: ChangeCounts;
  /** Rows with something in `_rest`. */
  readonly restRows: number;
  readonly exportArn: string;
  /** Of an Iceberg table. */
  readonly snapshotId?: bigint;
  /** Of an Iceberg table: JSON of the columns that came with it. */
  readonly schemaChanges?: string;
}

const COLUMNS = {
  window_from: 'TIMESTAMP',
  window_to: 'TIMESTAMP',
  committed_at: 'TIMESTAMP',
  loads: 'BIGINT',
  inserts: 'BIGINT',
  updates: 'BIGINT',
  deletes: 'BIGINT',
  upserts: 'BIGINT',
  rest_rows: 'BIGINT',
  export_arn: 'VARCHAR',
  snapshot_id: 'VARCHAR',
  schema_changes: 'VARCHAR',
} as const;

/** `window_from` is NULL for a full load; `window_to` is exclusive. */
export function windowsViewSql(loads: readonly CommittedLoad[]): string {
  const columns = Object.entries(COLUMNS).map(
    ([name, type]) => `CAST(${name} AS ${type}) AS ${name}`,
  );
  const rows = loads.length === 0 ? [Object.keys(COLUMNS).map(() => 'NULL')] : loads.map(rowOf);
  return `SELECT ${columns.join(', ')}
FROM (VALUES ${rows.map((row) => `(${row.join(', ')})`).join(',\n')}) AS loads(${Object.keys(COLUMNS).join(', ')})
WHERE ${loads.length === 0 ? 'false' : 'true'}
ORDER BY window_to, window_from NULLS FIRST`;
}

function rowOf(load: CommittedLoad): readonly string[] {
  const { scope, counts, snapshotId } = load;
  const [from, to] =
    scope.kind === 'full' ? [undefined, scope.exportTime] : [scope.window.from, scope.window.to];
  return [
    textOf(from),
    textOf(to),
    textOf(load.committedAt),
    ...[counts.load, counts.insert, counts.update, counts.delete, counts.upsert].map(String),
    String(load.restRows),
    textOf(load.exportArn),
    textOf(snapshotId?.toString()),
    textOf(load.schemaChanges),
  ];
}

function textOf(value: string | undefined): string {
  // DuckDB's TIMESTAMP has no zone: an instant's Z would not be taken.
  return value === undefined ? 'NULL' : quoteText(value.replace(/^(\d{4}-.*)Z$/, '$1'));
}
