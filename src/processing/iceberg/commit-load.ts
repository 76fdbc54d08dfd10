/** Owns the one atomic commit of a load: its rows, the rows they replace, and the watermark. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { Instant } from '../../core/instant.js';
import { applyUpdates } from '../../iceberg/apply-updates.js';
import { buildSnapshot } from '../../iceberg/build-snapshot.js';
import type { Catalog, LoadedTable } from '../../iceberg/catalog.js';
import { schemaCommitOf, type EvolvedSchema } from '../../iceberg/evolve-schema.js';
import type { FileIo } from '../../iceberg/file-io.js';
import { currentSnapshot, dataFolder, unpartitionedSpecId } from '../../iceberg/table-state.js';
import type { DataFile } from '../../iceberg/manifest.js';
import { decideCommit } from '../../lake/commit-rules.js';
import type { Load } from '../../lake/load.js';
import type { CommitOutcome } from '../../lake/lake.js';
import {
  lakeStateOf,
  loadFacts,
  propertiesAfter,
  totalsOf,
  type LoadTotals,
} from './load-facts.js';
import type { FoundRow, RowFinder } from './row-finder.js';
import { keysToFind, takeOut, type LoggedBatch, type TakenOut } from './take-out.js';

/** What all batches of a load wrote. */
export interface WrittenLoad {
  readonly totals: LoadTotals;
  readonly dataFiles: readonly DataFile[];
  /** None for a full load. */
  readonly batches: readonly LoggedBatch[];
  /** The schema that the load brings, where its files do not have the table's. */
  readonly restarted: EvolvedSchema | undefined;
}

export interface CommitOptions {
  readonly catalog: Catalog;
  readonly io: FileIo;
  readonly tableName: string;
  readonly finder: RowFinder;
  readonly nowMs: () => number;
  /** 63 bits, not used before. */
  readonly newSnapshotId: () => bigint;
  readonly newUuid: () => string;
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
    if (found === undefined) throw notWritten(options.tableName, load);
    written ??= await readWritten();
    const outcome = await attemptCommit(options, found, load, committedAt, written);
    if (outcome !== undefined) return outcome;
  }
  throw new TidemarkError(`Others keep committing to ${options.tableName}.`, {
    code: ErrorCode.Throttled,
    subject: options.tableName,
    retryable: true,
  });
}

/** Undefined when another commit came first. */
async function attemptCommit(
  options: CommitOptions,
  found: LoadedTable,
  load: Load,
  committedAt: Instant,
  { totals, dataFiles, batches, restarted }: WrittenLoad,
): Promise<CommitOutcome | undefined> {
  const { catalog, io, tableName, finder } = options;
  const schemaCommit =
    restarted === undefined
      ? { requirements: [], updates: [] }
      : schemaCommitOf(found.metadata, restarted);
  const metadata = applyUpdates(found.metadata, schemaCommit.updates, {
    nowMs: options.nowMs(),
    previousMetadataLocation: found.metadataLocation,
    maxPreviousVersions: 100,
  });
  const parent = currentSnapshot(metadata);
  const commitUuid = options.newUuid();
  const snapshotId = options.newSnapshotId();
  const hasRows = parent !== undefined && batches.length > 0;
  const taken = hasRows
    ? await findTakenOut(finder, metadata, batches)
    : takeOut([], () => undefined);
  const added = [...dataFiles];
  if (taken.deletes.count > 0) {
    const location = `${dataFolder(metadata)}/${commitUuid}-deletes.parquet`;
    const specId = unpartitionedSpecId(metadata);
    const { body, file } = await taken.deletes.toParquet({ location, specId });
    await io.write(location, body);
    added.push(file);
  }
  const replacesAll = load.scope.kind === 'full' && parent !== undefined;
  const facts = loadFacts(load, totals, committedAt);
  const built = await buildSnapshot({
    metadata,
    snapshotId,
    commitUuid,
    operation: replacesAll || taken.deletes.count > 0 ? 'overwrite' : 'append',
    added,
    ...(replacesAll ? { removed: 'all' as const } : {}),
    summary: taken.stale > 0 ? { ...facts, 'tidemark.stale-changes': String(taken.stale) } : facts,
    nowMs: options.nowMs(),
    read: (location) => io.read(location),
  });
  await Promise.all(built.files.map(({ location, bytes }) => io.write(location, bytes)));
  // THE COMMIT POINT. Before it no reader sees anything of the load, and every step can be repeated;
  // after it the load counts: its rows, what they replace and the watermark at once.
  const { outcome } = await catalog.commit(tableName, {
    requirements: [...built.requirements, ...schemaCommit.requirements],
    updates: [
      ...schemaCommit.updates,
      ...built.updates,
      { action: 'set-properties', updates: propertiesAfter(load, facts) },
    ],
  });
  if (outcome === 'conflict') return undefined;
  if (hasRows) {
    const parentSnapshotId = parent['snapshot-id'];
    await finder.follow({ parentSnapshotId, snapshotId, logs: taken.logs });
  }
  return { outcome: 'committed', watermark: watermark(facts), ...totals };
}

function watermark(facts: Readonly<Record<string, string>>): Instant {
  return facts['tidemark.watermark'] as Instant;
}

async function findTakenOut(
  finder: RowFinder,
  metadata: LoadedTable['metadata'],
  batches: readonly LoggedBatch[],
): Promise<TakenOut> {
  const lookups: ((place: number) => FoundRow | undefined)[] = [];
  for (const batch of batches) {
    const { hashes, places } = keysToFind(batch);
    const found = await finder.find(metadata, hashes);
    const at = new Map([...places].map((place, index) => [place, index]));
    lookups.push((place: number) => {
      const index = at.get(place);
      return index === undefined ? undefined : found(index);
    });
  }
  return takeOut(batches, (batch, place) => lookups[batch]?.(place));
}

function notWritten(tableName: string, load: Load): TidemarkError {
  return new TidemarkError(
    `The load of ${load.exportArn} cannot be committed: nothing was written.`,
    {
      code: ErrorCode.NotFound,
      subject: tableName,
      hint: 'Write every batch of the load, then commit it.',
    },
  );
}
