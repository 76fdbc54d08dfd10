/** Owns the state of a table's sync and its lawful changes; all of it survives continue-as-new. */
import { assert } from '../core/assert.js';
import { booked, type Ledger } from '../cost/ledger.js';
import { NO_USAGE, type LoadUsage } from '../cost/load-usage.js';
import type { ExportWindow } from '../core/export-window.js';
import { secondsBetween, type Instant } from '../core/instant.js';
import type { ExportScope, TableIdentity } from '../export/table-exports.js';
import type { AuditState } from './audit-state.js';
import { flightsAfter, type Flight } from './flight.js';
import type { Leaving, Undeleted } from './leaving.js';
import type { Told } from './alert-kinds.js';

/** What the sync is doing, as a person would say it. */
export const SyncPhase = {
  enabling: 'enabling',
  waiting: 'waiting',
  exporting: 'exporting',
  loading: 'loading',
  following: 'following',
  paused: 'paused',
  parked: 'parked',
  stopped: 'stopped',
} as const;
/** One of {@link SyncPhase}. */
export type SyncPhase = (typeof SyncPhase)[keyof typeof SyncPhase];

/** One commit, as status shows it. */
export interface CommittedLoad {
  readonly kind: 'full' | 'incremental';
  /** Absent for a full load. */
  readonly from?: Instant;
  /** Exclusive end: the export time of a full load. */
  readonly to: Instant;
  readonly rows: number;
  readonly tombstones: number;
  readonly sizeBytes: number;
  readonly billedSizeBytes: number;
  readonly committedAt: Instant;
  /** Absent in loads of before it was counted. */
  readonly usage?: LoadUsage;
}

/** Why a sync is parked: a person must mend something; `resume` makes it look at once. */
export interface ParkReason {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly since: Instant;
  /** How often it has looked by itself since, in vain; absent for never. */
  readonly probes?: number;
  /** When it looks again by itself; absent where only a person can tell that it is mended. */
  readonly nextProbe?: Instant;
}

/** Why a sync ended by itself. */
export type Ending = Pick<ParkReason, 'code' | 'message' | 'since'>;

/** What comes next and when, for status. */
export interface NextEvent {
  readonly what: string;
  readonly at?: Instant;
}

/** Everything a sync knows. Plain JSON, bounded in size whatever the table. */
export interface TableSyncState {
  readonly phase: SyncPhase;
  /** Known once the table was opened. */
  readonly table?: TableIdentity;
  /** Exclusive end of the last committed load; absent before the first full load. */
  readonly watermark?: Instant;
  /** Time of the full export that the lake's windows follow; absent where it is not known. */
  readonly baseExportTime?: Instant;
  /** How far back recovery reached when the table was opened last: 1 to 35. */
  readonly recoveryPeriodDays?: number;
  /** Counts the full loads of this table's lake, from 1; 0 before the first. */
  readonly epoch: number;
  readonly pauseRequested: boolean;
  /** Signalled and not yet begun. */
  readonly resyncRequested: boolean;
  /** Why the table needs a full load; stays until one is committed. */
  readonly baseNeeded?: string;
  /** A person asked for that load, whatever the table has become; stays as long. */
  readonly baseAsked?: boolean;
  readonly stopRequested: boolean;
  /** Why the sync ends by itself, as its user chose. */
  readonly ended?: Ending;
  readonly parked?: ParkReason;
  /** What it was parked for, while it looks by itself whether that is mended: until a commit. */
  readonly probing?: ParkReason;
  /** The load in work. */
  readonly current?: { readonly label: string; readonly exportArn?: string };
  /** Exports under way ahead of their loads, in their order; where freshness is asked for. */
  readonly flights?: readonly Flight[];
  /** Seconds that the last exports of windows took, newest first, at most {@link EXPORT_TIMES}. */
  readonly exportTimes?: readonly number[];
  /** How old the lake had become at each of the last commits of windows: see {@link SAMPLED_AGES}. */
  readonly ages?: readonly number[];
  /** Which attempt at exporting which scope is the next, once one has failed; see {@link exportAttempt}. */
  readonly attempts?: { readonly scope: string; readonly next: number };
  /** Exports in a row that did not verify; absent for none. */
  readonly spoilt?: number;
  readonly nextEvent?: NextEvent;
  /** Absent where there are no audits, and before the first window. */
  readonly audit?: AuditState;
  /** Of what a person was told; absent before the first time. */
  readonly told?: Told;
  /** Exports that are to be deleted, in the order in which they were asked for; at most 1,000. */
  readonly leavings?: readonly Leaving[];
  /** Why exports that are due are not deleted; absent where they are. */
  readonly undeleted?: Undeleted;
  /** Newest first, at most {@link RECENT_LOADS}. */
  readonly recentLoads: readonly CommittedLoad[];
  readonly totals: SyncTotals;
  /** Absent before the first load that was booked. */
  readonly ledger?: Ledger;
}

/** Sums over the life of the sync, over all its runs. */
export interface SyncTotals {
  readonly windows: number;
  readonly fullLoads: number;
  readonly rows: number;
  readonly billedSizeBytes: number;
}

/** How many commits status remembers. */
export const RECENT_LOADS = 8;
/** By how many exports it is known how long one takes. */
export const EXPORT_TIMES = 20;
/** Commits by which freshness is measured: a day of windows of five minutes. Newest first, in seconds. */
export const SAMPLED_AGES = 288;

/** The state of a sync that was just started. */
export function initialState(): TableSyncState {
  return {
    phase: SyncPhase.enabling,
    epoch: 0,
    pauseRequested: false,
    resyncRequested: false,
    stopRequested: false,
    recentLoads: [],
    totals: { windows: 0, fullLoads: 0, rows: 0, billedSizeBytes: 0 },
  };
}

/** Moves to `phase`, saying what comes next if anything is known to. */
export function entered(
  state: TableSyncState,
  phase: SyncPhase,
  nextEvent?: NextEvent,
): TableSyncState {
  const { nextEvent: _previous, ...rest } = state;
  return { ...rest, phase, ...(nextEvent === undefined ? {} : { nextEvent }) };
}

/** The table as it was found, and where its lake stands: the lake's own record wins. */
export function opened(
  state: TableSyncState,
  table: TableIdentity,
  lake:
    | {
        readonly watermark: Instant;
        readonly epoch: number;
        readonly baseExportTime?: Instant;
      }
    | undefined,
  recoveryPeriodDays?: number,
): TableSyncState {
  const {
    watermark: _known,
    baseExportTime: _base,
    recoveryPeriodDays: _before,
    ...rest
  } = grounded(state);
  const found = {
    ...rest,
    table,
    ...(recoveryPeriodDays === undefined ? {} : { recoveryPeriodDays }),
  };
  if (lake === undefined) return { ...found, epoch: 0 };
  const { watermark, epoch, baseExportTime } = lake;
  const base = baseExportTime === undefined ? {} : { baseExportTime };
  return { ...found, watermark, ...base, epoch };
}

/** Exports under way ahead of their loads are no longer counted on. */
export function grounded(state: TableSyncState): TableSyncState {
  const { flights: _left, ...rest } = state;
  return rest;
}

/** A full load begins or is called for: the request is taken, the need stays until its commit. */
export function baseCalledFor(state: TableSyncState, why: string): TableSyncState {
  const { current: _left, resyncRequested, ...rest } = grounded(state);
  return {
    ...rest,
    resyncRequested: false,
    baseNeeded: why,
    ...(resyncRequested ? { baseAsked: true } : {}),
  };
}

/** It ends by itself, as its user chose for what happened. */
export function ended(state: TableSyncState, reason: Ending): TableSyncState {
  const { current: _left, ...rest } = grounded(state);
  return { ...rest, stopRequested: true, ended: reason };
}

/** What was known of the table and its lake is in doubt: both are read anew. */
export function doubted(state: TableSyncState): TableSyncState {
  const { table: _known, current: _left, ...rest } = grounded(state);
  return rest;
}

/**
 * The attempt at exporting `scope` that is next, from 1. It outlives a park and continue-as-new,
 * since DynamoDB answers an attempt that FAILED with the same dead export for eight hours.
 */
export function exportAttempt(state: TableSyncState, scope: ExportScope): number {
  return state.attempts?.scope === JSON.stringify(scope) ? state.attempts.next : 1;
}

/**
 * The export of `scope` in hand is attempt `attempt`: those before it were found dead, left by a sync
 * that was stopped since.
 */
export function attemptTaken(
  state: TableSyncState,
  scope: ExportScope,
  attempt: number,
): TableSyncState {
  if (attempt <= exportAttempt(state, scope)) return state;
  return { ...state, attempts: { scope: JSON.stringify(scope), next: attempt } };
}

/** The export of `scope` is of no use: the next attempt takes a new one. */
export function attemptSpent(state: TableSyncState, scope: ExportScope): TableSyncState {
  const next = exportAttempt(state, scope) + 1;
  return { ...state, attempts: { scope: JSON.stringify(scope), next } };
}

/** An export did not verify: another is taken, and everything looked at anew. */
export function spoilt(state: TableSyncState): TableSyncState {
  return { ...doubted(state), spoilt: (state.spoilt ?? 0) + 1 };
}

/** A load was committed: the watermark moves to its end, and only ever forward from where it was. */
export function committed(
  state: TableSyncState,
  load: CommittedLoad,
  epoch: number,
): TableSyncState {
  if (load.kind === 'incremental') {
    assert(
      load.from === state.watermark,
      `window from ${String(load.from)} continues the watermark ${String(state.watermark)}`,
    );
  }
  const {
    current: _done,
    attempts: _spent,
    probing: _mended,
    spoilt: _past,
    baseNeeded,
    baseAsked,
    flights = [],
    ...rest
  } = state;
  const isWindow = load.kind === 'incremental';
  return {
    ...rest,
    ...(isWindow && baseNeeded !== undefined ? { baseNeeded } : {}),
    ...(isWindow && baseAsked !== undefined ? { baseAsked } : {}),
    watermark: load.to,
    ...(isWindow ? agedBy(state, load) : { baseExportTime: load.to }),
    epoch,
    ...flyingOn(flights, load.to),
    recentLoads: [load, ...state.recentLoads].slice(0, RECENT_LOADS),
    totals: {
      windows: state.totals.windows + (isWindow ? 1 : 0),
      fullLoads: state.totals.fullLoads + (isWindow ? 0 : 1),
      rows: state.totals.rows + load.rows,
      billedSizeBytes: state.totals.billedSizeBytes + load.billedSizeBytes,
    },
    ledger: booked(
      state.ledger,
      { ...(load.usage ?? NO_USAGE), kind: load.kind, billedSizeBytes: load.billedSizeBytes },
      load.committedAt,
    ),
  };
}

function flyingOn(flights: readonly Flight[], watermark: Instant): Pick<TableSyncState, 'flights'> {
  const left = flightsAfter(flights, watermark);
  return left.length === 0 ? {} : { flights: left };
}

/** How old the newest state in the lake had become when this window renewed it. */
function agedBy(
  { watermark, ages = [] }: TableSyncState,
  { committedAt }: CommittedLoad,
): Pick<TableSyncState, 'ages'> {
  if (watermark === undefined) return {};
  // Clocks of workers may differ by a minute.
  const age = Math.max(0, secondsBetween(watermark, committedAt));
  return { ages: [age, ...ages].slice(0, SAMPLED_AGES) };
}

/** An export of a window has taken so long. */
export function exportTook(state: TableSyncState, seconds: number): TableSyncState {
  return { ...state, exportTimes: [seconds, ...(state.exportTimes ?? [])].slice(0, EXPORT_TIMES) };
}

/** A person is needed; still, where a look by itself has found what it was parked for before. */
export function parked(state: TableSyncState, reason: ParkReason): TableSyncState {
  const { nextEvent: _next, current: _current, probing, ...rest } = grounded(state);
  const isSame = probing?.code === reason.code;
  const { since } = isSame ? probing : reason;
  return { ...rest, phase: SyncPhase.parked, parked: { ...reason, since } };
}

/** Parked no longer but for the asking: the table is looked at afresh, as after a resume. */
export function probed(state: TableSyncState): TableSyncState {
  if (state.parked === undefined) return state;
  const { parked: reason, ...rest } = state;
  const { nextProbe: _now, probes = 0, ...known } = reason;
  return doubted({ ...rest, probing: { ...known, probes: probes + 1 } });
}

/** How often a sync that parks for `code` has looked since it first did. */
export function probesSoFar({ probing }: TableSyncState, code: string): number {
  return probing?.code === code ? (probing.probes ?? 0) : 0;
}

/** Applies a signal; every one of them may come at any time and more than once. */
export function signalled(
  state: TableSyncState,
  signal: 'pause' | 'resume' | 'resync' | 'stop',
): TableSyncState {
  switch (signal) {
    case 'pause':
      return { ...state, pauseRequested: true };
    case 'resume':
      return { ...mended(state), pauseRequested: false };
    case 'resync':
      return { ...mended(state), resyncRequested: true };
    case 'stop':
      return { ...state, stopRequested: true };
  }
}

/** No longer parked. The table is forgotten, since what was mended may have changed all we knew. */
function mended(state: TableSyncState): TableSyncState {
  if (state.parked === undefined) return state;
  const { parked: _mended, probing: _sought, spoilt: _past, ...rest } = state;
  return doubted(rest);
}

/** A label for a window, as summaries and status show it: `08:00–08:15`, days when they differ. */
export function windowLabel(window: ExportWindow): string {
  const [fromDay, fromTime] = [window.from.slice(0, 10), clockTime(window.from)];
  const [toDay, toTime] = [window.to.slice(0, 10), clockTime(window.to)];
  return fromDay === toDay
    ? `${fromTime}–${toTime}`
    : `${fromDay} ${fromTime} – ${toDay} ${toTime}`;
}

/** `08:15`, or `08:15:30` where the seconds matter. */
export function clockTime(instant: Instant): string {
  return instant.endsWith(':00Z') ? instant.slice(11, 16) : instant.slice(11, 19);
}
