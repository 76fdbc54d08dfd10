/** Owns comparing one finished export with the lake: verified, and in a scratch directory of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TableIdentity } from '../../export/table-exports.js';
import { checkComparable } from '../../sync/check-verifiable.js';
import { requireHashKey } from '../hash-value.js';
import { openLakeRows, type LakeRows, type LakeRowsOptions } from '../open-lake-rows.js';
import { storedFiles } from '../read-changes.js';
import { readExport, type ExportSource } from '../read-export.js';
import { compareWithLake, type CompareOptions, type Comparison } from './compare-with-lake.js';

/** A lake's table that an export is to be compared with. */
export interface VerifiableRows extends LakeRows {
  readonly scratchDirectory: string;
}

/** Who the lake is compared for, and by what it is read. */
export interface VerifySettings extends Omit<LakeRowsOptions, 'tableName' | 'scratchDirectory'> {
  readonly table: TableIdentity;
  readonly hashKey: string | undefined;
}

/**
 * Opens the table's rows for `work` and removes every trace of that afterwards. Fails as
 * `checkComparable` and `requireHashKey`, before anything large is read.
 */
export async function withVerifiableRows<T>(
  { table, hashKey, ...location }: VerifySettings,
  work: (rows: VerifiableRows) => Promise<T>,
): Promise<T> {
  const { tableName } = table;
  const scratchDirectory = await mkdtemp(join(tmpdir(), 'tidemark-verify-'));
  try {
    const rows = await openLakeRows({ ...location, tableName, scratchDirectory });
    try {
      checkComparable(rows.state, table);
      requireHashKey(tableName, rows.state.schema, hashKey);
      return await work({ ...rows, scratchDirectory });
    } finally {
      rows.close();
    }
  } finally {
    await rm(scratchDirectory, { recursive: true, force: true });
  }
}

/** Compares the export's items with `rows`; CorruptExport where it does not verify. */
export async function verifyExport(
  source: ExportSource,
  rows: VerifiableRows,
  options: Omit<CompareOptions, 'scratchDirectory'>,
): Promise<Comparison> {
  const { files } = await readExport(source);
  const { scratchDirectory } = rows;
  return compareWithLake(storedFiles(source.store, files), rows, { ...options, scratchDirectory });
}
