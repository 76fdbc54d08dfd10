/** Owns finding keys on which table and lake do not agree: a DuckDB file of digests, and one pass over it. */
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBAppender, type DuckDBConnection } from '@duckdb/node-api';
import { assert } from '../../core/assert.js';
import { OFFLINE_DUCKDB } from '../offline-duckdb.js';
import type { ItemDigest } from './item-digest.js';

/** How a key differs: absent on one side, of other content, or there more than once in the lake. */
export type DifferenceKind = 'only-in-table' | 'only-in-lake' | 'different' | 'repeated';

/** A key that differs. */
export interface DifferingKey {
  readonly key: bigint;
  readonly kind: DifferenceKind;
  /** Position of the export's data file that has it; undefined for what only the lake has. */
  readonly file: number | undefined;
  readonly rowsInLake: number;
}

/** How table and lake compare. */
export interface DigestTotals {
  readonly tableItems: number;
  readonly lakeRows: number;
  /** Keys that are once in each, with equal content. */
  readonly equal: number;
  readonly differences: Readonly<Record<DifferenceKind, number>>;
  /** Keys that the export has more than once: then it is none of a table. */
  readonly repeatedInTable: number;
}

/** Where DuckDB begins to spill. */
const MEMORY_LIMIT = '1GB';

/** Digests of all items, on disk; every row of either side is added, then {@link compare} is asked. */
export class DigestTable {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #appender: DuckDBAppender;

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    appender: DuckDBAppender,
  ) {
    this.#instance = instance;
    this.#connection = connection;
    this.#appender = appender;
  }

  /** In a file of `directory`, which is removed by whoever made it. */
  static async create(directory: string): Promise<DigestTable> {
    const instance = await DuckDBInstance.create(join(directory, 'digests.duckdb'), {
      ...OFFLINE_DUCKDB,
      memory_limit: MEMORY_LIMIT,
      temp_directory: join(directory, 'digests-spill'),
      preserve_insertion_order: 'false',
    });
    const connection = await instance.connect();
    await connection.run(
      'CREATE TABLE digests (key UHUGEINT NOT NULL, content UHUGEINT NOT NULL, file INTEGER)',
    );
    return new DigestTable(instance, connection, await connection.createAppender('digests'));
  }

  /** `file` is the position of the export's data file; undefined for a row of the lake. */
  add({ key, content }: ItemDigest, file: number | undefined): void {
    const appender = this.#appender;
    appender.appendUHugeInt(key);
    appender.appendUHugeInt(content);
    if (file === undefined) appender.appendNull();
    else appender.appendInteger(file);
    appender.endRow();
  }

  /** Nothing can be added afterwards. */
  async compare(): Promise<DigestTotals> {
    this.#appender.closeSync();
    await this.#connection.run(`CREATE TABLE differences AS
SELECT *, CASE
  WHEN in_lake > 1 THEN 'repeated'
  WHEN in_lake = 0 THEN 'only-in-table'
  WHEN in_table = 0 THEN 'only-in-lake'
  ELSE 'different'
END AS kind
FROM (
  SELECT key, count(file) AS in_table, count(*) - count(file) AS in_lake, min(file) AS file
  FROM digests GROUP BY key
  HAVING count(file) <> 1 OR count(*) <> 2 OR min(content) <> max(content)
)`);
    const [rows] = await this.#rows('SELECT count(file), count(*) - count(file) FROM digests');
    const [kinds] = await this.#rows(`SELECT
  count(*) FILTER (kind = 'only-in-table'), count(*) FILTER (kind = 'only-in-lake'),
  count(*) FILTER (kind = 'different'), count(*) FILTER (kind = 'repeated'),
  count(*) FILTER (in_table > 1), coalesce(sum(in_table)::BIGINT, 0)
FROM differences`);
    assert(rows !== undefined && kinds !== undefined, 'an aggregate has a row');
    const [tableItems = 0, lakeRows = 0] = rows.map(Number);
    const [onlyInTable = 0, onlyInLake = 0, different = 0, repeated = 0, twice = 0, unequal = 0] =
      kinds.map(Number);
    return {
      tableItems,
      lakeRows,
      equal: tableItems - unequal,
      differences: {
        'only-in-table': onlyInTable,
        'only-in-lake': onlyInLake,
        different,
        repeated,
      },
      repeatedInTable: twice,
    };
  }

  /** Some of them, the same ones for equal data; after {@link compare}. */
  async first(limit: number): Promise<readonly DifferingKey[]> {
    const rows = await this.#rows(
      `SELECT key, kind, file, in_lake FROM differences ORDER BY key LIMIT ${limit}`,
    );
    return rows.map(([key, kind, file, rowsInLake]) => ({
      key: key as bigint,
      kind: kind as DifferenceKind,
      file: file === null ? undefined : Number(file),
      rowsInLake: Number(rowsInLake),
    }));
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async #rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    return (await this.#connection.runAndReadAll(sql)).getRows();
  }
}
