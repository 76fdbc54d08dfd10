/** Owns what a commit says of its load: in the table's properties, and in its snapshot's summary. */
import { z } from 'zod';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { instantOfMillis, parseInstant, type Instant } from '../../core/instant.js';
import type { ExportScope } from '../../export/table-exports.js';
import type { Snapshot, TableMetadata } from '../../iceberg/table-metadata.js';
import { ancestorsOf, currentSnapshot } from '../../iceberg/table-state.js';
import { knownTableOf, tableSchemaOf } from '../../iceberg/table-columns.js';
import type { ChangeCounts } from '../../lake/commit-record.js';
import type { LakePosition } from '../../lake/commit-rules.js';
import type { LakeState } from '../../lake/lake.js';
import { takenAtOf, watermarkOf, type Load } from '../../lake/load.js';
import type { CommittedLoad } from '../../lake/windows-view-sql.js';
import { schemaChangesIn } from './schema-log.js';

/** What a load came to. */
export interface LoadTotals {
  readonly counts: ChangeCounts;
  readonly restRows: number;
  /** Of the files it added. */
  readonly sizeBytes: number;
}

const BASE_EXPORT_TIME = 'tidemark.base-export-time';
/** The entry by which snapshots of loads are known. */
export const LOAD = 'tidemark.load';
const WATERMARK = 'tidemark.watermark';
/** Of the base alone, which a window does not follow then; empty where nothing is to be said. */
const TAKEN_AT = 'tidemark.taken-at';

/** None has none. */
const REST_ROWS = 'tidemark.rest-rows';
/** With the export, whose ARN is there. */
const MANIFEST_MD5 = 'tidemark.manifest-md5';
/** The sum of the counts. */
const ITEM_COUNT = 'tidemark.item-count';

/** A snapshot has a time of its own. */
const COMMITTED_AT = 'tidemark.committed-at';

const PROPERTIES_ONLY: ReadonlySet<string> = new Set([MANIFEST_MD5, ITEM_COUNT, COMMITTED_AT]);

/** Properties of a table, or entries of a summary. */
export type LoadFacts = Readonly<Record<string, string>>;

/**
 * The facts of a load, as the table's properties have them: other people's expiry of snapshots takes
 * summaries away, which have {@link summaryFacts} of them for history.
 */
export function loadFacts(
  load: Load,
  baseExportTime: Instant,
  { counts, restRows, sizeBytes }: LoadTotals,
  committedAt: Instant,
): LoadFacts {
  return {
    [LOAD]: loadName(load.scope),
    [BASE_EXPORT_TIME]: baseExportTime,
    [WATERMARK]: watermarkOf(load.scope),
    // Said by every load, since properties stay until they are said anew.
    [TAKEN_AT]: takenAtOf(load.scope).takenAt ?? '',
    'tidemark.table-id': load.tableId,
    'tidemark.epoch': String(load.epoch),
    'tidemark.export-arn': load.exportArn,
    [MANIFEST_MD5]: load.manifestMd5,
    [ITEM_COUNT]: String(load.itemCount),
    'tidemark.counts': JSON.stringify(countsOf(counts)),
    [REST_ROWS]: String(restRows),
    'tidemark.size-bytes': String(sizeBytes),
    [COMMITTED_AT]: committedAt,
  };
}

/** Kinds of which there was none are not named. */
function countsOf(counts: ChangeCounts): Partial<ChangeCounts> {
  return Object.fromEntries(Object.entries(counts).filter(([, records]) => records > 0));
}

/**
 * What a snapshot's summary has of the facts. Every metadata file repeats the summaries of a week's
 * windows: what is empty or none is left out there, and what its other facts or its export tell.
 */
export function summaryFacts(facts: LoadFacts): LoadFacts {
  const told = Object.entries(facts).filter(
    ([name, value]) =>
      !PROPERTIES_ONLY.has(name) &&
      !(name === TAKEN_AT && value === '') &&
      !(name === REST_ROWS && value === '0'),
  );
  return Object.fromEntries(told);
}

/**
 * Undefined while no load is committed; CorruptLake when the facts are not as we wrote them. What
 * the rows are of is said by the snapshots that led to them: who rolls the table back rolls its
 * watermark back, too. The properties speak where those have expired.
 */
export function lakeStateOf(metadata: TableMetadata): LakeState | undefined {
  const facts = currentFacts(metadata);
  if (facts === undefined) return undefined;
  const parsed = STATE.safeParse(facts);
  if (!parsed.success) {
    throw new TidemarkError(
      `The properties of table ${metadata.location} do not say where it stands: ${z.prettifyError(parsed.error)}.`,
      {
        code: ErrorCode.CorruptLake,
        subject: metadata.location,
        hint: 'Restore the properties that begin with "tidemark." from an earlier metadata file.',
      },
    );
  }
  const state = parsed.data;
  return {
    ...positionOf(state),
    ...(state[TAKEN_AT] === '' ? {} : { takenAt: state[TAKEN_AT] }),
    epoch: state['tidemark.epoch'],
    schema: tableSchemaOf(knownTableOf(metadata)),
    lastCommit: {
      committedAt: state[COMMITTED_AT],
      exportArn: state['tidemark.export-arn'],
      counts: state['tidemark.counts'],
    },
  };
}

/** What the rows of a snapshot are of; undefined where the snapshots that say so have expired. */
export function positionAt(metadata: TableMetadata, snapshotId: bigint): LakePosition | undefined {
  for (const snapshot of ancestorsOf(metadata, snapshotId)) {
    if (snapshot.summary[LOAD] === undefined) continue;
    const parsed = STATE.safeParse(factsIn(snapshot));
    return parsed.success ? positionOf(parsed.data) : undefined;
  }
  return undefined;
}

function positionOf(state: z.infer<typeof STATE>): LakePosition {
  return {
    tableId: state['tidemark.table-id'],
    baseExportTime: state[BASE_EXPORT_TIME],
    watermark: state[WATERMARK],
  };
}

/** The watermark that a snapshot's load came to; undefined for a snapshot of other people. */
export function watermarkIn(summary: Snapshot['summary']): Instant | undefined {
  return parseInstant(summary[WATERMARK] ?? '');
}

/** Summaries of older versions say when they were committed, too. */
function factsIn({ summary, 'timestamp-ms': committedAtMs }: Snapshot): LoadFacts {
  return { [COMMITTED_AT]: instantOfMillis(committedAtMs), ...summary };
}

function currentFacts(metadata: TableMetadata): LoadFacts | undefined {
  const current = currentSnapshot(metadata);
  if (current === undefined) return undefined;
  for (const snapshot of ancestorsOf(metadata, current['snapshot-id'])) {
    if (snapshot.summary[LOAD] !== undefined) return factsIn(snapshot);
  }
  return metadata.properties[LOAD] === undefined ? undefined : metadata.properties;
}

/** The snapshots that led to the current one, and itself, the oldest first. */
function ancestors(metadata: TableMetadata): readonly Snapshot[] {
  return [...ancestorsOf(metadata, currentSnapshot(metadata)?.['snapshot-id'])].reverse();
}

/** The loads that led to the current snapshot and have not expired, the oldest first. */
export function committedLoads(metadata: TableMetadata): readonly CommittedLoad[] {
  return ancestors(metadata).flatMap((snapshot): CommittedLoad[] => {
    const parsed = COMMITTED.safeParse(factsIn(snapshot));
    const scope = scopeOf(snapshot.summary[LOAD]);
    if (!parsed.success || scope === undefined) return [];
    const facts = parsed.data;
    const changes = schemaChangesIn(snapshot.summary);
    return [
      {
        scope,
        committedAt: facts[COMMITTED_AT],
        counts: facts['tidemark.counts'],
        restRows: facts[REST_ROWS],
        exportArn: facts['tidemark.export-arn'],
        snapshotId: snapshot['snapshot-id'],
        ...(changes === undefined ? {} : { schemaChanges: changes }),
      },
    ];
  });
}

/** Reads {@link loadName}; the view of a window is not in it, and nobody asks. */
function scopeOf(name: string | undefined): ExportScope | undefined {
  const [kind, times = ''] = name?.split(' ') ?? [];
  const [first, second] = times.split('/').map(parseInstant);
  if (first === undefined) return undefined;
  if (kind === 'full') return { kind, exportTime: first };
  if (second === undefined) return undefined;
  return { kind: 'incremental', window: { from: first, to: second }, view: 'NEW_IMAGE' };
}

/** What the load came to when it was committed; undefined once its snapshot has expired. */
export function totalsOf(metadata: TableMetadata, load: Load): LoadTotals | undefined {
  const snapshot = metadata.snapshots.findLast((each) => isOf(each, load));
  const parsed = TOTALS.safeParse(snapshot?.summary);
  if (!parsed.success) return undefined;
  return {
    counts: parsed.data['tidemark.counts'],
    restRows: parsed.data[REST_ROWS],
    sizeBytes: parsed.data['tidemark.size-bytes'],
  };
}

function isOf({ summary }: Snapshot, { scope, tableId }: Load): boolean {
  return summary[LOAD] === loadName(scope) && summary['tidemark.table-id'] === tableId;
}

/** `full 2026-11-24T08:00:00Z`, or `window <from>/<to>`. */
function loadName(scope: ExportScope): string {
  return scope.kind === 'full'
    ? `full ${scope.exportTime}`
    : `window ${scope.window.from}/${scope.window.to}`;
}

const instant = z.string().transform((text, context): Instant => {
  const parsed = parseInstant(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'is not an instant' });
  return z.NEVER;
});
const count = z.coerce.number().int().nonnegative();
const records = count.default(0);
const counts = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(
    z.object({
      load: records,
      insert: records,
      update: records,
      delete: records,
      upsert: records,
    }),
  );

const TOTALS = z.object({
  'tidemark.counts': counts,
  [REST_ROWS]: count.default(0),
  'tidemark.size-bytes': count,
});
const COMMITTED = TOTALS.extend({
  [COMMITTED_AT]: instant,
  'tidemark.export-arn': z.string(),
});
const STATE = z.object({
  'tidemark.table-id': z.string(),
  [BASE_EXPORT_TIME]: instant,
  [WATERMARK]: instant,
  [TAKEN_AT]: z.string().default(''),
  'tidemark.epoch': count,
  [COMMITTED_AT]: instant,
  'tidemark.export-arn': z.string(),
  'tidemark.counts': counts,
});
