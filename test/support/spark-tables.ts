/** Owns PySpark with Iceberg, the engine that other people write to our tables with. */
import type { Report } from '../../src/local/programs/run-to-end.js';
import { startJsonLines } from './json-lines-process.js';
import { PYTHON_ENVIRONMENT, sparkIceberg, sparkPython } from './reader-programs.js';

/** A row that a statement gave: values as in canonical-row.ts, so numbers are strings. */
export type SparkRow = Readonly<Record<string, unknown>>;

/**
 * A local Spark. Tables are given by their directory, which need not be there yet: `metadata/` in it
 * has `vN.metadata.json` and `version-hint.text`, as HadoopCatalog writes them.
 *
 * Its commits never replace a metadata file that another process wrote first (see
 * ExclusiveRename.java); a plain Spark's can, on a local disk.
 */
export interface Spark {
  /**
   * Runs statements, and gives the rows of the last one. In them `{table}` stands for the table,
   * `{catalog}` for its catalog and `{name}` for its name there, as `CALL` wants it. Rejects with
   * Spark's reason.
   */
  sql(directory: string, ...statements: readonly string[]): Promise<readonly SparkRow[]>;
  /**
   * Does what other people's care of a table does: rewrites every data file, so that every row
   * moves and all position deletes go; rewrites the manifests; expires all snapshots but the last.
   */
  compact(directory: string): Promise<Compaction>;
  /** Answers a request as spark.py does. */
  ask(method: 'read', request: object): Promise<unknown>;
  close(): Promise<void>;
}

/** What Spark's procedures said of each step. */
export interface Compaction {
  readonly rewrittenDataFiles: number;
  readonly rewrittenManifests: number;
  readonly deletedDataFiles: number;
}

/** Starts a JVM (seconds); installs PySpark and its Iceberg where they are missing (a minute). */
export async function startSpark(report: Report): Promise<Spark> {
  const [python, jar] = [await sparkPython(report), await sparkIceberg(report)];
  const serving = startJsonLines(python, ['-m', 'iceberg_readers.spark', jar], PYTHON_ENVIRONMENT);
  report(`Spark ${String(await serving.ask('version', {}))} has started`);
  const sql: Spark['sql'] = async (directory, ...statements) =>
    (await serving.ask('sql', { directory, statements })) as readonly SparkRow[];
  const count = async (directory: string, column: string, call: string): Promise<number> => {
    const [row] = await sql(directory, `CALL {catalog}.system.${call}`);
    return Number(row?.[column]);
  };
  return {
    sql,
    compact: async (directory) => ({
      rewrittenDataFiles: await count(directory, 'rewritten_data_files_count', REWRITE_DATA_FILES),
      rewrittenManifests: await count(directory, 'rewritten_manifests_count', REWRITE_MANIFESTS),
      deletedDataFiles: await count(directory, 'deleted_data_files_count', EXPIRE_SNAPSHOTS),
    }),
    ...serving,
  };
}

const REWRITE_DATA_FILES = `rewrite_data_files(table => '{name}',
  options => map('rewrite-all', 'true', 'remove-dangling-deletes', 'true'))`;
const REWRITE_MANIFESTS = `rewrite_manifests(table => '{name}')`;
const EXPIRE_SNAPSHOTS = `expire_snapshots(table => '{name}', older_than => now(), retain_last => 1)`;
