/** Owns the lake's first form: directories of Parquet files on an object store, made to count by `_SUCCESS`. */
import type { Instant } from '../core/instant.js';
import { assert } from '../core/assert.js';
import type { ObjectStore } from '../core/object-store.js';
import {
  parseBatchReport,
  parseCommitRecord,
  type BatchReport,
  type CommitRecord,
  type Part,
} from '../lake/commit-record.js';
import { commitRecord, decideCommit, notWritten } from '../lake/commit-rules.js';
import type {
  BatchSource,
  BatchSummary,
  CommitOutcome,
  Lake,
  LakeState,
  LakeTable,
} from '../lake/lake.js';
import { requireNoOverlap } from '../lake/earlier-exports.js';
import {
  SUCCESS,
  lakeRoot,
  previousSchemaKey,
  reportKey,
  tableLayout,
  type TableLayout,
} from '../lake/layout.js';
import { takenAtOf, type Batch, type Load } from '../lake/load.js';
import { writeHint, findChainEnd, readCommit, type Chain } from './find-chain.js';
import type { LakeLocation } from './lake-location.js';
import { writeBatch } from './write-parquet-batch.js';
import { profileBatch } from './profile-batch.js';
import { getText, putText } from './text-objects.js';

/** The lake at `location`. */
export function createParquetLake({ store, lakePrefix }: LakeLocation): Lake {
  return {
    table: (tableName) => parquetTable(store, tableLayout(lakePrefix, tableName)),
    tableNames: () => lakeTableNames(store, lakePrefix),
  };
}

/** Names of tables with anything under `lakePrefix`, in byte order. */
async function lakeTableNames(store: ObjectStore, lakePrefix: string): Promise<readonly string[]> {
  const root = lakeRoot(lakePrefix);
  const names: string[] = [];
  let startAfter = root;
  for (;;) {
    const name = await firstNameAfter(store, root, startAfter);
    // A key has a slash after the name, which some letters of names come before.
    if (name === undefined) return names.sort();
    names.push(name);
    // `0` is the letter after `/`: past everything of this table.
    startAfter = `${root}${name}0`;
  }
}

async function firstNameAfter(
  store: ObjectStore,
  root: string,
  startAfter: string,
): Promise<string | undefined> {
  for await (const { key } of store.list(root, { startAfter })) {
    const [name, ...rest] = key.slice(root.length).split('/');
    if (name !== undefined && name !== '' && rest.length > 0) return name;
  }
  return undefined;
}

function parquetTable(store: ObjectStore, layout: TableLayout): LakeTable {
  return {
    readState: async () => {
      const chain = await findChainEnd(store, layout);
      return chain && (await stateOf(store, chain));
    },
    profileBatch: (load, batch, source) =>
      profileBatch(store, layout.stagingOf(load), load, batch, source),
    writeBatch: (load, batch, source) => writeTableBatch(store, layout, load, batch, source),
    commit: (load, batchCount, committedAt) => commit(store, layout, load, batchCount, committedAt),
  };
}

async function writeTableBatch(
  store: ObjectStore,
  layout: TableLayout,
  load: Load,
  batch: Batch,
  source: BatchSource,
): Promise<BatchSummary> {
  requireNoOverlap(load, 'parquet');
  const staging = layout.stagingOf(load);
  await pinPreviousSchema(store, layout, load);
  const report = await writeBatch(store, layout, load, batch, source);
  await putText(store, reportKey(staging, batch), JSON.stringify(report));
  const { rows, counts, restRows, parts } = report;
  return { batch, rows, counts, restRows, sizeBytes: sizeOf(parts) };
}

/**
 * Batches of one load may run while other loads commit. The first to get here decides which schema
 * they all start from. A table of another id starts afresh: its keys may be others.
 */
async function pinPreviousSchema(
  store: ObjectStore,
  layout: TableLayout,
  load: Load,
): Promise<void> {
  const key = previousSchemaKey(layout.stagingOf(load));
  if ((await getText(store, key)) !== undefined) return;
  const state = await positionOf(store, layout);
  // Before the window it follows is committed, the schema to start from is not known.
  decideCommit(state, load);
  const schema = state?.tableId === load.tableId ? state.schema : null;
  await putText(store, key, JSON.stringify(schema), { ifAbsent: true });
}

/** Where the last of a chain's commits left the table. */
export async function stateOf(
  store: ObjectStore,
  { baseExportTime, links }: Chain,
): Promise<LakeState> {
  const last = links.at(-1);
  assert(last !== undefined, 'a chain has a link');
  const record = await readCommit(store, last.key);
  return {
    tableId: record.tableId,
    baseExportTime,
    watermark: record.watermark,
    ...takenAtOf(record.scope),
    epoch: record.epoch,
    schema: record.schema,
    lastCommit: {
      committedAt: record.committedAt,
      exportArn: record.exportArn,
      counts: record.counts,
    },
  };
}

async function commit(
  store: ObjectStore,
  layout: TableLayout,
  load: Load,
  batchCount: number,
  committedAt: Instant,
): Promise<CommitOutcome> {
  const before = await positionOf(store, layout);
  if (decideCommit(before, load) === 'already-committed') {
    return alreadyCommitted(store, layout, load, before);
  }
  const reports = await readReports(store, layout, load, batchCount);
  if (reports === undefined) {
    // Somebody may have committed meanwhile and cleared the reports away.
    const now = await positionOf(store, layout);
    if (decideCommit(now, load) === 'already-committed') {
      return alreadyCommitted(store, layout, load, now);
    }
    throw notWritten(load, 'a batch has left no report of what it wrote');
  }
  const record = commitRecord(load, reports, committedAt);
  const directory = layout.directoryOf(load.scope);
  await checkParts(store, directory, load, record.parts);
  // THE COMMIT POINT. Before it no reader sees anything of the load, and every step can be
  // repeated; once this object exists the load counts, and what follows is tidying.
  const won = await putText(store, directory + SUCCESS, JSON.stringify(record), { ifAbsent: true });
  if (!won) return alreadyCommitted(store, layout, load, await positionOf(store, layout));
  await tidy(store, layout, load, record);
  return { outcome: 'committed', watermark: record.watermark, ...amountsOf(record) };
}

function amountsOf({
  counts,
  restRows,
  parts,
}: CommitRecord): Required<Pick<CommitOutcome, 'counts' | 'restRows' | 'sizeBytes'>> {
  return { counts, restRows, sizeBytes: sizeOf(parts) };
}

function sizeOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.sizeBytes, 0);
}

function positionOf(store: ObjectStore, layout: TableLayout): Promise<LakeState | undefined> {
  return parquetTable(store, layout).readState();
}

async function alreadyCommitted(
  store: ObjectStore,
  layout: TableLayout,
  load: Load,
  state: LakeState | undefined,
): Promise<CommitOutcome> {
  assert(state !== undefined, 'a lake that has a commit has a state');
  const key = layout.directoryOf(load.scope) + SUCCESS;
  const outcome = { outcome: 'already-committed', watermark: state.watermark } as const;
  const text = await getText(store, key);
  // Covered by other windows, the load's own directory never came to count.
  if (text === undefined) return outcome;
  const record = parseCommitRecord(text, key);
  await tidy(store, layout, load, record);
  // Most often the first answer to this very commit was lost.
  return { ...outcome, ...amountsOf(record) };
}

async function readReports(
  store: ObjectStore,
  layout: TableLayout,
  load: Load,
  batchCount: number,
): Promise<readonly BatchReport[] | undefined> {
  const staging = layout.stagingOf(load);
  const reports: BatchReport[] = [];
  for (let index = 0; index < batchCount; index++) {
    const key = reportKey(staging, { index, batchCount });
    const text = await getText(store, key);
    if (text === undefined) return undefined;
    reports.push(parseBatchReport(text, key));
  }
  return reports;
}

async function checkParts(
  store: ObjectStore,
  directory: string,
  load: Load,
  parts: readonly Part[],
): Promise<void> {
  const sizes = new Map<string, number>();
  for await (const { key, sizeBytes } of store.list(directory)) sizes.set(key, sizeBytes);
  for (const { file, sizeBytes } of parts) {
    if (sizes.get(directory + file) !== sizeBytes)
      throw notWritten(load, `${file} is not there whole`);
  }
}

/** What nobody reads: files the commit does not name, and staging. Left over, it only takes space. */
async function tidy(
  store: ObjectStore,
  layout: TableLayout,
  load: Load,
  record: CommitRecord,
): Promise<void> {
  try {
    const directory = layout.directoryOf(load.scope);
    const kept = new Set([SUCCESS, ...record.parts.map((part) => part.file)]);
    const strays: string[] = [];
    for await (const { key } of store.list(directory)) {
      if (!kept.has(key.slice(directory.length))) strays.push(key);
    }
    for await (const { key } of store.list(layout.stagingOf(load))) strays.push(key);
    await store.delete(strays);
    const chain = await findChainEnd(store, layout);
    if (chain !== undefined) await writeHint(store, layout, chain);
  } catch {
    // The load is committed: to fail now would only have it tried again for nothing.
  }
}
