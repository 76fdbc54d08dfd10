/** Owns a table's ledger: what its loads used and cost, summed by month, bounded. */
import type { Instant } from '../core/instant.js';
import { costOfLoad, type BilledLoad, type CostParts } from './load-cost.js';
import { NO_USAGE, withUse, type LoadUsage } from './load-usage.js';

/** Sums over some loads. */
export interface Spending extends CostParts, LoadUsage {
  readonly loads: number;
  readonly billedSizeBytes: number;
}

/** One calendar month (UTC, as AWS bills), by the time of the commits. */
export interface LedgerMonth {
  /** `2026-11`. */
  readonly month: string;
  readonly windows: Spending;
  /** Kept apart, as audits are: a budget leaves both out. */
  readonly fullLoads: Spending;
  /** Full exports that were taken to audit the lake; absent in months without one. */
  readonly audits?: Spending;
}

/** What a table has cost since the first load that was booked. */
export interface Ledger {
  /** When that was committed. */
  readonly since: Instant;
  /** Newest first, at most {@link LEDGER_MONTHS}; months without a load are not there. */
  readonly months: readonly LedgerMonth[];
}

/** A year and the month in hand. */
export const LEDGER_MONTHS = 13;

/** Nothing was spent. */
export const NO_SPENDING: Spending = Object.freeze({
  ...NO_USAGE,
  loads: 0,
  billedSizeBytes: 0,
  exportMicros: 0,
  s3Micros: 0,
  actionMicros: 0,
});

/** The month of `instant`: `2026-11`. */
function monthOf(instant: Instant): string {
  return instant.slice(0, 7);
}

/** What something is booked under. */
type Account = 'windows' | 'fullLoads' | 'audits';

/** The ledger with a load that was committed at `committedAt`; bookings come in order. */
export function booked(ledger: Ledger | undefined, load: BilledLoad, committedAt: Instant): Ledger {
  return bookedUnder(load.kind === 'full' ? 'fullLoads' : 'windows', ledger, load, committedAt);
}

/** The ledger with a full export that was taken for an audit, and had ended by `at`. */
export function auditBooked(
  ledger: Ledger | undefined,
  audit: Omit<BilledLoad, 'kind'>,
  at: Instant,
): Ledger {
  return bookedUnder('audits', ledger, { ...audit, kind: 'full' }, at);
}

/** The ledger with what the deletion of exports used, which is no load of its own. */
export function deletionBooked(ledger: Ledger | undefined, usage: LoadUsage, at: Instant): Ledger {
  const deletion = { ...usage, kind: 'incremental', billedSizeBytes: 0 } as const;
  return bookedUnder('windows', ledger, deletion, at, 0);
}

function bookedUnder(
  account: Account,
  ledger: Ledger | undefined,
  load: BilledLoad,
  at: Instant,
  loads = 1,
): Ledger {
  const before = ledger ?? { since: at, months: [] };
  const inHand = monthOf(at);
  const [newest, ...older] = before.months;
  const isSame = newest?.month === inHand;
  const month = isSame ? newest : emptyMonth(inHand);
  const entry = { ...month, [account]: added(month[account] ?? NO_SPENDING, load, loads) };
  return {
    since: before.since,
    months: [entry, ...(isSame ? older : before.months)].slice(0, LEDGER_MONTHS),
  };
}

/** What the month of `instant` has come to so far. */
export function monthAt(ledger: Ledger | undefined, instant: Instant): LedgerMonth {
  const month = monthOf(instant);
  return ledger?.months.find((entry) => entry.month === month) ?? emptyMonth(month);
}

function emptyMonth(month: string): LedgerMonth {
  return { month, windows: NO_SPENDING, fullLoads: NO_SPENDING };
}

/** Everything that a month has come to. */
export function monthSum({ windows, fullLoads, audits = NO_SPENDING }: LedgerMonth): Spending {
  return sumOf(sumOf(windows, fullLoads), audits);
}

/** Both sums together. */
export function sumOf(one: Spending, two: Spending): Spending {
  return {
    ...withUse(one, two),
    loads: one.loads + two.loads,
    billedSizeBytes: one.billedSizeBytes + two.billedSizeBytes,
    exportMicros: one.exportMicros + two.exportMicros,
    s3Micros: one.s3Micros + two.s3Micros,
    actionMicros: one.actionMicros + two.actionMicros,
  };
}

function added(sum: Spending, load: BilledLoad, loads: number): Spending {
  const { writes, reads, actions, billedSizeBytes } = load;
  return sumOf(sum, {
    writes,
    reads,
    actions,
    billedSizeBytes,
    loads,
    ...costOfLoad(load),
  });
}
