/** Owns what a sync tells of itself: the answer to the status query and the page in Temporal Web. */
import { windowLength } from '../core/export-window.js';
import type { Instant } from '../core/instant.js';
import { dollarsText } from '../cost/dollars.js';
import { widthInHand } from './flights.js';
import { monthOutlook, type MonthOutlook } from './month-outlook.js';
import { reachDeadlines } from './recovery-reach.js';
import type { TableSyncInput } from './table-sync-input.js';
import { agesText, askedText } from './freshness-text.js';
import { auditText } from './audit-state.js';
import {
  clockTime,
  type CommittedLoad,
  type ParkReason,
  type TableSyncState,
} from './table-sync-state.js';

/** The answer to the `status` query. */
export interface TableSyncStatus extends Omit<TableSyncState, 'leavings'> {
  readonly region: string;
  readonly tableName: string;
  readonly windowSeconds: number;
  readonly exportBucket: string;
  readonly lakeBucket: string;
  readonly lakePrefix: string;
  /** Exports that were asked for and are not deleted yet; absent where exports are kept for ever. */
  readonly exportsLeft?: number;
  /** Of the window in hand; another than `windowSeconds` where windows adapt. */
  readonly widthSeconds?: number;
  /** What freshness was asked for, and what is done for it; absent where none was. */
  readonly freshnessPlan?: string;
  readonly adaptive?: boolean;
  /** A calendar month, in micro-dollars. */
  readonly budgetMicros?: number;
  readonly actionsAreBilled?: boolean;
  readonly outlook?: MonthOutlook;
}

/** The status of a sync with `input` in `state`. */
export function statusOf(input: TableSyncInput, state: TableSyncState): TableSyncStatus {
  const { region, tableName, windowSeconds, exportBucket, lakeBucket, lakePrefix } = input;
  const { adaptive, budgetMicros, actionsAreBilled, keepExportsSeconds } = input;
  const { leavings = [], ...known } = state;
  const outlook = monthOutlook(state, input);
  const freshnessPlan = askedText(state, input);
  return {
    ...known,
    region,
    tableName,
    windowSeconds,
    exportBucket,
    lakeBucket,
    lakePrefix,
    ...(keepExportsSeconds === undefined ? {} : { exportsLeft: leavings.length }),
    widthSeconds: widthInHand(state, input),
    ...(freshnessPlan === undefined ? {} : { freshnessPlan }),
    ...(adaptive === undefined ? {} : { adaptive }),
    ...(budgetMicros === undefined ? {} : { budgetMicros }),
    ...(actionsAreBilled === undefined ? {} : { actionsAreBilled }),
    ...(outlook === undefined ? {} : { outlook }),
  };
}

/** The last instant at which recovery still reaches the watermark; after it only a resync helps. */
export function reachLost(state: TableSyncState, input: TableSyncInput): Instant | undefined {
  if (state.watermark === undefined) return undefined;
  return reachDeadlines(state.watermark, input.limits, state.recoveryPeriodDays).lostAt;
}

/** The workflow's current details in Temporal Web: one table, in markdown. */
export function renderDetails(input: TableSyncInput, state: TableSyncState): string {
  const rows: (readonly [string, string])[] = [
    ['State', state.parked === undefined ? state.phase : `**parked**: ${state.parked.code}`],
    ['Watermark', state.watermark ?? 'none yet'],
    ...freshnessRows(input, state),
    ['Now', state.current?.label ?? '—'],
    ['Next', nextLine(state)],
    ['Windows', String(state.totals.windows)],
    ['Full loads', String(state.totals.fullLoads)],
    ['Rows written', state.totals.rows.toLocaleString('en-US')],
    ['Billed by export', megabytes(state.totals.billedSizeBytes)],
    ['Cost this month', costLine(input, state)],
    ['Lake', `s3://${input.lakeBucket}/${input.lakePrefix}`],
    ...exportsRows(state),
    ...auditRows(input, state),
    ['Recovery reaches the watermark until, at most', reachLost(state, input) ?? '—'],
  ];
  const table = ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)];
  return [...parkedNotice(state), ...table, ...recentTable(state.recentLoads)].join('\n');
}

function freshnessRows(
  input: TableSyncInput,
  state: TableSyncState,
): readonly (readonly [string, string])[] {
  const asked = askedText(state, input);
  const measured = agesText(state);
  return [
    ...(asked === undefined ? [] : [['Freshness asked for', asked] as const]),
    ...(measured === undefined ? [] : [['Age of the lake before its commits', measured] as const]),
  ];
}

function exportsRows({ undeleted }: TableSyncState): readonly (readonly [string, string])[] {
  if (undeleted === undefined) return [];
  return [['Exports', `**not deleted** since ${undeleted.since}: ${undeleted.message}`]];
}

function auditRows(
  { tableName }: TableSyncInput,
  { audit }: TableSyncState,
): readonly [string, string][] {
  if (audit === undefined) return [];
  const last = audit.last && auditText(tableName, audit.last);
  const next = audit.inHand
    ? `audit at ${audit.inHand.watermark} goes on`
    : `next at ${audit.dueAt}`;
  return [['Audit', last === undefined ? next : `${last}; ${next}`]];
}

function costLine(input: TableSyncInput, state: TableSyncState): string {
  const outlook = monthOutlook(state, input);
  if (outlook === undefined) return '—';
  const over = outlook.isOverBudget ? ' **more than its budget**' : '';
  return `${dollarsText(outlook.spentMicros)}${over}`;
}

function nextLine(state: TableSyncState): string {
  if (state.nextEvent === undefined) return '—';
  const { what, at } = state.nextEvent;
  return at === undefined ? what : `${what} at ${clockTime(at)}`;
}

function parkedNotice({ parked, probing }: TableSyncState): string[] {
  const reason = parked ?? probing;
  if (reason === undefined) return [];
  const hint = reason.hint === undefined ? '' : ` ${reason.hint}`;
  const said = `**Parked since ${reason.since}:** ${reason.message}${hint}`;
  if (parked === undefined) return [`${said} Looking now whether that is mended.`, ''];
  return [`${said} ${wayOut(parked)}`, ''];
}

/** How a sync leaves a park: `Then signal resume; without one it looks again at 08:25.` */
function wayOut({ nextProbe, probes }: ParkReason): string {
  if (nextProbe === undefined) return 'Then signal `resume`.';
  const before = probes === undefined ? '' : `, after ${probes} in vain`;
  return `Then signal \`resume\`, or wait: it looks by itself at ${clockTime(nextProbe)}${before}.`;
}

function recentTable(loads: readonly CommittedLoad[]): string[] {
  if (loads.length === 0) return [];
  const line = (load: CommittedLoad): string =>
    `| ${loadLabel(load)} | ${load.rows} | ${load.tombstones} | ${load.committedAt} |`;
  return [
    '',
    '| Last commits | Rows | Deletes | Committed |',
    '|---|---|---|---|',
    ...loads.map(line),
  ];
}

/** `full at 08:00`, `08:00–08:15`. */
export function loadLabel(load: CommittedLoad): string {
  if (load.kind === 'full' || load.from === undefined) return `full at ${clockTime(load.to)}`;
  const label = `${clockTime(load.from)}–${clockTime(load.to)}`;
  const isLong = windowLength({ from: load.from, to: load.to }) >= 24 * 60 * 60;
  return isLong ? `${load.from} – ${load.to}` : label;
}

/** Bytes as megabytes of 10^6, as AWS bills them. */
export function megabytes(sizeBytes: number): string {
  return `${(sizeBytes / 1e6).toFixed(1)} MB`;
}
