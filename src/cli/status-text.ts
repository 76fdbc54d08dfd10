/** Owns how a sync's status reads. */
import { durationText } from '../config/duration.js';
import { secondsBetween, millisOf } from '../core/instant.js';
import { auditText } from '../sync/audit-state.js';
import { clockTime, type CommittedLoad } from '../sync/table-sync-state.js';
import { agesText } from '../sync/freshness-text.js';
import { loadLabel, type TableSyncStatus } from '../sync/table-sync-status.js';
import type { PendingWork } from '../temporal/pending-work.js';
import type { SeenSync } from '../temporal/table-syncs.js';
import { outlookText } from './cost-text.js';
import { bytesText, countText, freshnessText, timeText } from './format.js';
import type { Output, Style } from './output.js';
import { textTable } from './text-table.js';

/** What a sync does, in a word: its phase, or what Temporal knows of it. */
export function stateText({ status, execution }: SeenSync): string {
  if (execution !== 'RUNNING') {
    return status?.phase === 'stopped' ? 'stopped' : execution.toLowerCase().replaceAll('_', ' ');
  }
  if (status === undefined) return 'no worker answers';
  const isPausing = status.pauseRequested && status.phase !== 'paused' && status.phase !== 'parked';
  return isPausing ? `${status.phase}, pausing` : status.phase;
}

/** The style that a state is shown in. */
export function stateStyle(state: string): Style {
  if (/parked|failed|terminated|timed out/.test(state)) return 'red';
  if (/paus|stopped|cancel|no worker/.test(state)) return 'yellow';
  return 'green';
}

/** Lines of `name  value` that tell all about a sync. */
export function statusLines(
  sync: SeenSync,
  context: { readonly output: Output; readonly nowMs: number; readonly link: string | undefined },
): string[] {
  const { output, nowMs, link } = context;
  const { status } = sync;
  const reason = status?.parked ?? status?.probing ?? status?.ended;
  const state = stateText(sync);
  const facts: [string, string | undefined][] = [
    ['state', output.style(stateStyle(state), state)],
    ['why', reason && `${reason.code}: ${reason.message}`],
    ['since', reason?.since],
    [
      'to do',
      status?.parked &&
        `${status.parked.hint ?? 'Mend it.'} Then \`tidemark resume ${sync.tableName}\`.`,
    ],
    ['looks', status && probeText(status, nowMs)],
    ['watermark', status && (status.watermark ?? 'none yet')],
    ['freshness', status && freshnessText(status.watermark, nowMs)],
    ['asked for', status?.freshnessPlan],
    ['measured', status && agesText(status)],
    ['now', status?.current?.label],
    ['next', nextText(sync, nowMs)],
    ['exports', status && exportsText(status)],
    ['audit', status && auditLine(status)],
    ['windows', status && windowsText(status)],
    ['cost', status && outlookText(status)],
    ['lake', status && `s3://${status.lakeBucket}/${status.lakePrefix}`],
    ['total', status && totalText(status.totals)],
    ['page', link],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const known = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${output.style('dim', name.padEnd(width))}  ${value}`],
  );
  return [
    `${output.style('bold', sync.tableName)} ${output.style('dim', sync.region)}`,
    ...known,
    ...sync.pending.flatMap((work) => pendingLines(work, output)),
    ...(sync.silence === undefined ? [] : [`  ${output.style('yellow', sync.silence)}`]),
    ...loadsTable(status?.recentLoads ?? []),
  ];
}

/** When a parked sync looks by itself whether it was mended; undefined where it does not. */
function probeText({ parked, probing }: TableSyncStatus, nowMs: number): string | undefined {
  if (parked === undefined) return probing && 'just now';
  if (parked.nextProbe === undefined) return undefined;
  const aheadMs = millisOf(parked.nextProbe) - nowMs;
  const ahead = aheadMs > 0 ? ` (in ${timeText(aheadMs)})` : '';
  return `by itself at ${clockTime(parked.nextProbe)}${ahead}`;
}

/** `next export at 08:15 (in 3 min)`. */
export function nextText({ status }: SeenSync, nowMs: number): string | undefined {
  if (status?.nextEvent === undefined) return undefined;
  const { what, at } = status.nextEvent;
  if (at === undefined) return what;
  const aheadMs = millisOf(at) - nowMs;
  return `${what} at ${clockTime(at)}${aheadMs > 0 ? ` (in ${timeText(aheadMs)})` : ''}`;
}

/** `08:00–08:15: 12 rows, 3 deletes, 4.1 kB, 21 s after its end`. */
export function commitText(load: CommittedLoad): string {
  const parts = [
    `${countText(load.rows)} row${load.rows === 1 ? '' : 's'}`,
    ...(load.kind === 'full'
      ? []
      : [`${countText(load.tombstones)} delete${load.tombstones === 1 ? '' : 's'}`]),
    bytesText(load.sizeBytes),
    `${timeText(secondsBetween(load.to, load.committedAt) * 1000)} after its end`,
  ];
  return `${loadLabel(load)}: ${parts.join(', ')}`;
}

/** `96 not deleted yet`; `not deleted since 2026-11-24T08:21:00Z: Access Denied`. */
function exportsText({ undeleted, exportsLeft = 0 }: TableSyncStatus): string | undefined {
  if (undeleted !== undefined) return `not deleted since ${undeleted.since}: ${undeleted.message}`;
  return exportsLeft === 0 ? undefined : `${countText(exportsLeft)} not deleted yet`;
}

/** `equal at 2026-11-24T08:15:00Z, 1,000 rows compared; next at 2026-12-01 08:21`. */
function auditLine({ audit, tableName }: NonNullable<SeenSync['status']>): string | undefined {
  if (audit === undefined) return undefined;
  const last = audit.last && auditText(tableName, audit.last);
  const next = audit.inHand
    ? `compares at ${audit.inHand.watermark} now`
    : `next at ${audit.dueAt}`;
  return last === undefined ? next : `${last}; ${next}`;
}

/** `15m`; `24h now, 15m while busy`. */
function windowsText(status: TableSyncStatus): string {
  const { windowSeconds, widthSeconds = windowSeconds } = status;
  const now = durationText(widthSeconds);
  if (status.adaptive !== true && status.budgetMicros === undefined) return now;
  const why = status.adaptive === true ? 'while busy' : 'as far as the budget allows';
  return `${now} now, ${durationText(Math.min(windowSeconds, widthSeconds))} ${why}`;
}

function totalText(totals: {
  readonly windows: number;
  readonly fullLoads: number;
  readonly rows: number;
  readonly billedSizeBytes: number;
}): string {
  const { windows, fullLoads, rows, billedSizeBytes } = totals;
  return `${countText(windows)} windows, ${countText(fullLoads)} full loads, ${countText(rows)} rows, ${bytesText(billedSizeBytes)} billed by export`;
}

function pendingLines(work: PendingWork, output: Output): string[] {
  const what = `${work.activity}, attempt ${work.attempt}`;
  if (work.state !== 'retrying') return [`  ${output.style('dim', work.state)}  ${what}`];
  return [`  ${output.style('yellow', 'retrying')}  ${what}: ${work.lastFailure ?? ''}`];
}

function loadsTable(loads: readonly CommittedLoad[]): string[] {
  if (loads.length === 0) return [];
  const rows = loads.map((load) => [
    loadLabel(load),
    countText(load.rows),
    load.kind === 'full' ? '' : countText(load.tombstones),
    bytesText(load.sizeBytes),
    load.committedAt,
  ]);
  const columns = [
    { name: 'last commits' },
    { name: 'rows', align: 'right' },
    { name: 'deletes', align: 'right' },
    { name: 'size', align: 'right' },
    { name: 'committed' },
  ] as const;
  return ['', ...textTable(columns, rows).map((line) => `  ${line}`)];
}
