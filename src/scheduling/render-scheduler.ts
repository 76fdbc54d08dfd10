/** Owns a scheduler's page in Temporal Web: one screen of markdown. */
import { instantOfMillis, type Instant } from '../core/instant.js';
import type { AssetCondition } from '../dag/assets.js';
import type { DataInterval } from '../dag/run-context.js';
import type { Schedule } from '../dag/schedule.js';
import type { ScheduledRun, SchedulerView } from './dag-scheduler-input.js';
import { markdownTable } from './markdown-table.js';

const SHOWN_ENDED = 10;

/** The page. */
export function renderScheduler(view: SchedulerView): string {
  return [
    ...(view.paused ? ['**Paused**: no run begins until it is unpaused.', ''] : []),
    ...factsTable(view),
    ...runsTable('Under way and waiting', view.active),
    ...runsTable('Last runs', view.ended.slice(0, SHOWN_ENDED)),
    ...backfillsTable(view),
  ].join('\n');
}

/** A schedule as one reads it: `0 6 * * * (Europe/Paris)`. */
export function scheduleText(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'manual':
      return 'by hand';
    case 'cron':
      return `${schedule.expression} (${schedule.timezone})`;
    case 'every':
      return `every ${schedule.every}`;
    case 'assets':
      return `when ${conditionText(schedule.when)}`;
  }
}

function conditionText(condition: AssetCondition): string {
  if (condition.kind === 'asset') return condition.name;
  const parts = condition.of.map((part) =>
    part.kind === 'asset' ? part.name : `(${conditionText(part)})`,
  );
  return parts.join(` ${condition.kind} `);
}

function factsTable(view: SchedulerView): string[] {
  const { graph, next, assetEvents } = view;
  const rows: [string, string][] = [
    ['Schedule', code(scheduleText(graph.schedule))],
    ['Next', next === undefined ? '—' : `${intervalText(next)}, at its end`],
    ['Catchup', graph.catchup ? 'on' : 'off'],
    ['Runs at once', String(graph.maxActiveRuns)],
    ['Tasks', String(graph.tasks.length)],
    ['Graph', code(view.graphHash.slice(0, 12))],
  ];
  if (graph.schedule.kind === 'assets') rows.push(['Updates waiting', String(assetEvents.length)]);
  return [...markdownTable(['', ''], rows)];
}

function runsTable(title: string, runs: readonly ScheduledRun[]): readonly string[] {
  if (runs.length === 0) return [];
  const head = [title, 'Kind', 'State', 'Interval', 'Began, took', 'Failed'];
  const rows = runs.map((run) => [
    code(run.runId),
    run.runType,
    run.status,
    intervalText(run.dataInterval),
    when(run),
    failureText(run),
  ]);
  return ['', ...markdownTable(head, rows)];
}

function backfillsTable({ backfills }: SchedulerView): readonly string[] {
  if (backfills.length === 0) return [];
  const head = ['Backfill', 'Done', 'Under way', 'Waiting'];
  const rows = backfills.map((backfill) => [
    backfill.backfillId,
    backfill.done,
    `${backfill.active} of ${backfill.maxActiveRuns}`,
    backfill.waiting,
  ]);
  return ['', ...markdownTable(head, rows)];
}

function intervalText({ start, end }: DataInterval): string {
  const [from, to] = [shortInstant(start), shortInstant(end)];
  if (start === end) return from;
  return from.slice(0, 10) === to.slice(0, 10) ? `${from}–${to.slice(11)}` : `${from} – ${to}`;
}

/** `2026-11-24 08:15`, with seconds where they matter. */
function shortInstant(instant: Instant): string {
  return instant.replace('T', ' ').replace(/(:00)?Z$/, '');
}

function when({ startedAtMs, endedAtMs }: ScheduledRun): string {
  if (startedAtMs === undefined) return '—';
  const began = shortInstant(instantOfMillis(startedAtMs));
  if (endedAtMs === undefined) return began;
  const seconds = Math.max(0, Math.round((endedAtMs - startedAtMs) / 1000));
  return `${began}, ${seconds} s`;
}

function failureText({ failed = [] }: ScheduledRun): string {
  const [first] = failed;
  if (first === undefined) return '';
  const message = first.message.slice(0, 80);
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  return `${code(first.name)}: ${message}${more}`;
}

function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``;
}
