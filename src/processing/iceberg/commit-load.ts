/** Owns the one atomic commit of a load: its rows, the rows they replace, and the watermark. */
import { assert } from '../../core/assert.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { microsOf, type Instant } from '../../core/instant.js';
import { applyUpdates } from '../../iceberg/apply-updates.js';
import { buildSnapshot } from '../../iceberg/build-snapshot.js';
import type { LoadedTable, TableCommit } from '../../iceberg/catalog.js';
import { schemaCommitOf } from '../../iceberg/evolve-schema.js';
import { specCommitOf } from '../../iceberg/partition-spec.js';
import type { TableUpdate } from '../../iceberg/table-update.js';
import type { FileIo } from '../../iceberg/file-io.js';
import { currentSnapshot } from '../../iceberg/table-state.js';
import type { DataFile } from '../../iceberg/manifest.js';
import { decideCommit, notWritten } from '../../lake/commit-rules.js';
import { beginsEarlier } from '../../lake/earlier-exports.js';
import type { Load } from '../../lake/load.js';
import type { CommitOutcome, LakeState } from '../../lake/lake.js';
import type { TableOptions } from '../../lake/table-options.js';
import { appendHistory, type AppendPorts } from './history/append-history.js';
import { lakeStateOf, loadFacts, summaryFacts, totalsOf, type LoadTotals } from './load-facts.js';
import { requireOneSchema, type WrittenSchema } from './one-schema.js';
import type { RestartedTable } from './own-spec.js';
import type { FoundRow, RowFinder } from './row-finder.js';
import { optionsFor, optionsProperty, optionsText } from './recorded-options.js';
import { schemaChanges } from './schema-log.js';
import { writeDeleteFiles } from './delete-files.js';
import { writeDeletionVectors } from './deletion-vectors.js';
import { keysToFind, takeOut, type LoggedBatch, type TakenOut } from './take-out.js';
import { vanishedRows, withoutVanished } from './vanished-rows.js';

/** What all batches of a load wrote. */
export interface WrittenLoad extends WrittenSchema {
  readonly totals: LoadTotals;
  readonly dataFiles: readonly DataFile[];
  /** The choices that its rows were made by, as `optionsText` writes them; one, if all went well. */
  readonly options: readonly string[];
  /** For the table's history; undefined where none is kept. */
  readonly historyFiles?: readonly DataFile[] | undefined;
  /** None for a full load. */
  readonly batches: readonly LoggedBatch[];
}

export interface CommitOptions extends AppendPorts {
  readonly finder: RowFinder;
  /** Recorded by a full load. */
  readonly tableOptions: TableOptions;
}

/** Each attempt that fails is another's commit. */
const ATTEMPTS = 50;

/**
 * Commits what `readWritten` finds, which is asked only if the load is not in the table already. On a
 * conflict everything is decided anew: another writer's compaction moves rows.
 */
export async function commitLoad(
  options: CommitOptions,
  load: Load,
  committedAt: Instant,
  readWritten: () => Promise<WrittenLoad>,
): Promise<CommitOutcome> {
  let written: WrittenLoad | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await options.catalog.loadTable(options.tableName);
    const state = found && lakeStateOf(found.metadata);
    if (decideCommit(state, load) === 'already-committed') {
      // Most often the first answer to this very commit was lost.
      const totals = found && totalsOf(found.metadata, load);
      return {
        outcome: 'already-committed',
        watermark: state?.watermark ?? committedAt,
        ...totals,
      };
    }
    if (found === undefined) throw notWritten(load, 'nothing was written');
    written ??= await readOrSeeWhy(options, load, readWritten);
    if (written === undefined) continue;
    try {
      requireOneSchema(found.metadata, load, written);
      requireChosen(found.metadata, load, options.tableOptions, written);
      // Before the table has it: a load that the table has is never written again.
      if (!(await keepHistory(options, { found, state }, load, committedAt, written))) continue;
      const outcome = await attemptCommit(options, { found, state }, load, committedAt, written);
      if (outcome !== undefined) return outcome;
    } catch (error) {
      if (!(await hasLostFiles(options, found, error))) throw error;
    }
  }
  throw new TidemarkError(`Others keep committing to ${options.tableName}.`, {
    code: ErrorCode.Throttled,
    subject: options.tableName,
    retryable: true,
  });
}

/**
 * NotFound when rows were made by other choices than the commit would record, as by a late attempt of
 * a sync that was started again with others: what is to be hashed or left out would be there in clear.
 */
function requireChosen(
  metadata: LoadedTable['metadata'],
  { scope, exportArn }: Load,
  given: TableOptions,
  { options }: WrittenLoad,
): void {
  const chosen = optionsText(optionsFor(scope, given, metadata));
  if (options.every((text) => text === chosen)) return;
  throw new TidemarkError(`${exportArn} was written with other choices than the table has.`, {
    code: ErrorCode.NotFound,
    subject: exportArn,
    hint: 'Write every batch of the load again, then commit it.',
  });
}

/** False when another commit came first. */
async function keepHistory(
  options: CommitOptions,
  { found, state }: { readonly found: LoadedTable; readonly state: LakeState | undefined },
  load: Load,
  committedAt: Instant,
  { totals, historyFiles }: WrittenLoad,
): Promise<boolean> {
  if (historyFiles === undefined) return true;
  const sizeBytes = historyFiles.reduce((sum, file) => sum + file.file_size_in_bytes, 0);
  const written = { totals: { ...totals, sizeBytes }, dataFiles: historyFiles };
  const base = baseOf(load, state);
  return await appendHistory(options, load, base, written, committedAt, async () => {
    const now = await options.catalog.loadTable(options.tableName);
    return now?.metadataLocation === found.metadataLocation;
  });
}

/** The full load that the table's rows follow once it has this one. */
function baseOf({ scope }: Load, state: LakeState | undefined): Instant {
  const base = scope.kind === 'full' ? scope.exportTime : state?.baseExportTime;
  assert(base !== undefined, 'a window follows a base');
  return base;
}

/** Undefined when the load was committed meanwhile, and what was written for it tidied away. */
async function readOrSeeWhy(
  { catalog, tableName }: CommitOptions,
  load: Load,
  readWritten: () => Promise<WrittenLoad>,
): Promise<WrittenLoad | undefined> {
  try {
    return await readWritten();
  } catch (error) {
    const now = await catalog.loadTable(tableName);
    const state = now && lakeStateOf(now.metadata);
    if (decideCommit(state, load) === 'already-committed') return undefined;
    throw error;
  }
}

/** Whether files were gone because others had replaced them, and expired the snapshot they were of. */
async function hasLostFiles(
  { catalog, tableName }: CommitOptions,
  { metadataLocation }: LoadedTable,
  error: unknown,
): Promise<boolean> {
  const codes: readonly string[] = [ErrorCode.NotFound, ErrorCode.CorruptLake];
  if (!(error instanceof TidemarkError && codes.includes(error.code))) return false;
  return (await catalog.loadTable(tableName))?.metadataLocation !== metadataLocation;
}

/** Undefined when another commit came first. */
async function attemptCommit(
  options: CommitOptions,
  { found, state }: { readonly found: LoadedTable; readonly state: LakeState | undefined },
  load: Load,
  committedAt: Instant,
  written: WrittenLoad,
): Promise<CommitOutcome | undefined> {
  const { catalog, io, tableName, finder } = options;
  const { dataFiles, batches, restarted } = written;
  const schemaCommit = restartCommit(found.metadata, restarted);
  const changes = [...upgradeFor(load, options.tableOptions, found), ...schemaCommit.updates];
  const metadata = applyUpdates(found.metadata, changes, {
    nowMs: options.nowMs(),
    previousMetadataLocation: found.metadataLocation,
    maxPreviousVersions: 100,
  });
  const parent = currentSnapshot(metadata);
  const commitUuid = options.newUuid();
  const snapshotId = options.newSnapshotId();
  const hasRows = parent !== undefined && batches.length > 0;
  // A manifest that was edited may tell a full export's time a moment too early: then its first
  // window brings again, as inserts, what it has.
  const mayRepeat = state?.watermark === state?.baseExportTime;
  const taken = hasRows
    ? await findTakenOut(finder, metadata, load, batches, mayRepeat)
    : takeOut([], () => undefined);
  const totals = withVanished(written.totals, taken);
  const deletes = await writeDeletes(io, metadata, taken, { added: dataFiles, commitUuid });
  const replacesAll = load.scope.kind === 'full' && parent !== undefined;
  const facts = loadFacts(load, baseOf(load, state), totals, committedAt);
  const record = load.scope.kind === 'full' ? optionsProperty(options.tableOptions) : {};
  const built = await buildSnapshot({
    metadata,
    snapshotId,
    commitUuid,
    operation: replacesAll || taken.deletes.count > 0 ? 'overwrite' : 'append',
    added: [...dataFiles, ...deletes],
    ...(replacesAll ? { removed: 'all' as const } : {}),
    summary: {
      ...summaryFacts(facts),
      ...schemaChanges(load, found.metadata, restarted),
      ...(taken.stale > 0 ? { 'tidemark.stale-changes': String(taken.stale) } : {}),
    },
    nowMs: options.nowMs(),
    read: (location) => io.read(location),
  });
  await Promise.all(built.files.map(({ location, bytes }) => io.write(location, bytes)));
  // THE COMMIT POINT. Before it no reader sees anything of the load, and every step can be repeated;
  // after it the load counts: its rows, what they replace and the watermark at once.
  const { outcome } = await catalog.commit(tableName, {
    requirements: [...built.requirements, ...schemaCommit.requirements],
    updates: [
      ...changes,
      ...built.updates,
      { action: 'set-properties', updates: { ...facts, ...record } },
    ],
  });
  if (outcome === 'conflict') return undefined;
  if (hasRows) {
    const parentSnapshotId = parent['snapshot-id'];
    await finder.follow({ parentSnapshotId, snapshotId, logs: taken.logs });
  }
  return { outcome: 'committed', watermark: watermark(facts), ...totals };
}

/** The files that take rows out, as the table's format version has them. */
async function writeDeletes(
  io: FileIo,
  metadata: LoadedTable['metadata'],
  { deletes }: TakenOut,
  commit: { readonly added: readonly DataFile[]; readonly commitUuid: string },
): Promise<readonly DataFile[]> {
  if (deletes.count === 0) return [];
  return metadata['format-version'] >= 3
    ? await writeDeletionVectors(io, metadata, deletes, commit)
    : await writeDeleteFiles(io, metadata, deletes, commit);
}

/** A full load brings the format version that it is to have: no row of another one stays. */
function upgradeFor(
  { scope }: Load,
  { formatVersion = 2 }: TableOptions,
  { metadata }: LoadedTable,
): readonly TableUpdate[] {
  if (scope.kind !== 'full' || formatVersion <= metadata['format-version']) return [];
  return [{ action: 'upgrade-format-version', 'format-version': formatVersion }];
}

/** The columns first: the partition spec goes by them. */
function restartCommit(
  metadata: LoadedTable['metadata'],
  restarted: RestartedTable | undefined,
): TableCommit {
  if (restarted === undefined) return { requirements: [], updates: [] };
  const schema = schemaCommitOf(metadata, restarted);
  const spec = specCommitOf(metadata, restarted.spec);
  return {
    requirements: [...schema.requirements, ...spec.requirements],
    updates: [...schema.updates, ...spec.updates],
  };
}

function watermark(facts: Readonly<Record<string, string>>): Instant {
  return facts['tidemark.watermark'] as Instant;
}

async function findTakenOut(
  finder: RowFinder,
  metadata: LoadedTable['metadata'],
  { scope }: Load,
  batches: readonly LoggedBatch[],
  mayRepeat: boolean,
): Promise<TakenOut> {
  const lookups: ((place: number) => FoundRow | undefined)[] = [];
  // An export that begins before its window calls an insert what a window before has had already.
  const insertsToo = mayRepeat || beginsEarlier(scope);
  for (const batch of batches) {
    const { hashes, places } = keysToFind(batch, insertsToo);
    const found = await finder.find(metadata, hashes);
    const indexes = new Int32Array(batch.log.length).fill(-1);
    for (let index = 0; index < places.length; index++) indexes[places[index] as number] = index;
    lookups.push((place) => {
      const index = indexes[place] as number;
      return index < 0 ? undefined : found(index);
    });
  }
  const taken = takeOut(batches, (batch, place) => lookups[batch]?.(place));
  if (!beginsEarlier(scope)) return taken;
  const stretch = {
    fromMicros: Number(microsOf(scope.exportFrom)),
    toMicros: Number(microsOf(scope.window.from)),
  };
  const recent = await finder.writtenWithin(metadata, stretch);
  return withoutVanished(taken, vanishedRows(batches, recent));
}

/** Rows that vanished are deletes without a record. */
function withVanished(totals: LoadTotals, { vanished }: TakenOut): LoadTotals {
  if (vanished === 0) return totals;
  return { ...totals, counts: { ...totals.counts, delete: totals.counts.delete + vanished } };
}
