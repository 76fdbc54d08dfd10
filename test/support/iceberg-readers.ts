/** Owns reading Iceberg tables by engines that are not ours: PyIceberg, DuckDB and PySpark. */
import type { Report } from '../../src/local/programs/run-to-end.js';
import { startJsonLines } from './json-lines-process.js';
import { lightPython, PYTHON_ENVIRONMENT } from './reader-programs.js';
import { startSpark, type Spark } from './spark-tables.js';

export type ReaderName = 'pyiceberg' | 'duckdb' | 'pyspark';

/** The readers of this run: PySpark too, whose JVM is slow to start, with `TIDEMARK_SPARK=1`. */
export const READERS: readonly ReaderName[] =
  process.env['TIDEMARK_SPARK'] === '1'
    ? ['pyiceberg', 'duckdb', 'pyspark']
    : ['pyiceberg', 'duckdb'];

/** What is to be read. */
export interface TableRead {
  readonly reader: ReaderName;
  /** `file:///…/v3.metadata.json`, or a local path; or a table's folder with `version-hint.text`. */
  readonly metadataLocation: string;
  /** The current snapshot when left out. An id has 63 bits. */
  readonly snapshotId?: bigint;
  /** All when left out. */
  readonly columns?: readonly string[];
  /** A condition in the SQL that all three understand: `id >= 3 AND name = 'x'`. */
  readonly where?: string;
  /** Gives the rows' texts besides their hash, in byte order. */
  readonly withRows?: boolean;
  /** Gives the rows in the order of these columns, nulls last. */
  readonly orderBy?: readonly string[];
}

/** What a reader saw. */
export interface TableAnswer {
  readonly count: number;
  /** As `tableHash` in canonical-row.ts makes it of the rows. */
  readonly hash: string;
  /** Names in the table's order. */
  readonly columns: readonly string[];
  /** Canonical texts, see canonical-row.ts; there when asked for. */
  readonly rows?: readonly string[];
}

/** What PyIceberg makes of a table's partitions. */
export interface SeenPartitions {
  /** Data files that it would read. */
  readonly files: number;
  /** In which those lie. */
  readonly partitions: number;
  /** The default one: `name: transform` of each field. */
  readonly spec: readonly string[];
  /** Rows that its own transforms put into another partition. */
  readonly wrong: readonly string[];
}

/** A table that PyIceberg wrote. */
export interface SampleTable {
  readonly metadataLocation: string;
  /** Oldest first; in decimal digits. */
  readonly snapshotIds: readonly string[];
}

/** The readers, each started once; reads are queued, so that a test may ask for many at a time. */
export interface Readers {
  /** Rejects with what the reader said. */
  read(read: TableRead): Promise<TableAnswer>;
  /** What PyIceberg reads of a table, `namespace.name`, by its own client of REST catalogs. */
  readByCatalog(uri: string, table: string): Promise<TableAnswer>;
  /** Has PyIceberg plan a scan, and look at where its rows lie. */
  seePartitions(read: Pick<TableRead, 'metadataLocation' | 'where'>): Promise<SeenPartitions>;
  /** Has PyIceberg write the table of samples.py into an empty folder. */
  writeSample(folder: string): Promise<SampleTable>;
  /** PySpark, which can write as well; started here if it is not one of `READERS` (seconds). */
  spark(): Promise<Spark>;
  close(): Promise<void>;
}

/**
 * Starts PyIceberg and DuckDB in one process, and PySpark in another if it is one of `READERS`;
 * installs what is missing, so give a `beforeAll` minutes.
 */
export async function startReaders(report: Report = print): Promise<Readers> {
  const light = startJsonLines(
    await lightPython(report),
    ['-m', 'iceberg_readers.light'],
    PYTHON_ENVIRONMENT,
  );
  let sparkStarted: Promise<Spark> | undefined;
  const spark = async (): Promise<Spark> => await (sparkStarted ??= startSpark(report));
  // Now, and not within the time of the test that reads with it first.
  if (READERS.includes('pyspark')) await spark();
  return {
    read: async ({ reader, snapshotId, ...rest }) => {
      const snapshot = snapshotId === undefined ? {} : { snapshotId: String(snapshotId) };
      const request = { ...rest, ...snapshot };
      const answer =
        reader === 'pyspark'
          ? await (await spark()).ask('read', request)
          : await light.ask(`read-${reader}`, request);
      return answer as TableAnswer;
    },
    readByCatalog: async (uri, table) =>
      (await light.ask('read-by-catalog', { uri, table, withRows: true })) as TableAnswer,
    seePartitions: async (read) => (await light.ask('see-partitions', read)) as SeenPartitions,
    writeSample: async (folder) => (await light.ask('write-sample', { folder })) as SampleTable,
    spark,
    close: async () => {
      await light.close();
      if (sparkStarted !== undefined) await (await sparkStarted).close();
    },
  };
}

function print(line: string): void {
  process.stderr.write(`${line}\n`);
}
