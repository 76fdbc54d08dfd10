/** Owns how a run reads in a terminal: its graph, its tasks, and why those failed that did. */
import { renderText, type DagGraph, type TaskState, type TaskView } from '../../dag/index.js';
import type { RunStatus } from '../../dag/index.js';
import { countText } from '../format.js';
import type { Output, Style } from '../output.js';
import { textTable } from '../text-table.js';
import { tookText } from './time-text.js';

/** A run as it is shown, on a server or in this process. */
export interface ShownRun {
  readonly graph: DagGraph;
  readonly tasks: readonly TaskView[];
  /** Instances that wait for a pool, and for which. */
  readonly waitingForPool: readonly { readonly name: string; readonly pool: string }[];
}

/** The style of a run's or a task's state. */
export function stateStyle(state: RunStatus | TaskState | 'queued'): Style {
  switch (state) {
    case 'success':
      return 'green';
    case 'failed':
    case 'cancelled':
      return 'red';
    case 'upstream_failed':
    case 'up_for_retry':
    case 'skipped':
      return 'yellow';
    case 'running':
    case 'up_for_reschedule':
      return 'cyan';
    case 'waiting':
    case 'ready':
    case 'created':
    case 'queued':
      return 'dim';
  }
}

/** The graph, coloured by state where there is a run. */
export function graphLines(graph: DagGraph, output: Output, tasks?: readonly TaskView[]): string[] {
  const states = tasks && Object.fromEntries(tasks.map(({ id, state }) => [id, state]));
  const color = output.terminal?.hasColors?.() === true;
  return renderText(graph, states, { color }).trimEnd().split('\n');
}

/** A line a task, then a line for each that failed. */
export function taskLines(run: ShownRun, output: Output, nowMs: number): string[] {
  const waits = new Map<string, string>();
  for (const { name, pool } of run.waitingForPool) waits.set(name.replace(/\[.*$/, ''), pool);
  const rows = run.tasks.map((task) => {
    const pool = waits.get(task.id);
    return [
      task.id,
      output.style(stateStyle(task.state), task.state),
      task.attempt === 0 ? '' : String(task.attempt),
      itemsText(task),
      tookText(task, nowMs),
      pool === undefined ? (task.reason ?? '') : `waits for pool ${pool}`,
    ];
  });
  const hasNotes = rows.some((row) => row[5] !== '');
  const columns = [
    { name: 'task' },
    { name: 'state' },
    { name: 'try', align: 'right' },
    { name: 'items', align: 'right' },
    { name: 'took', align: 'right' },
    ...(hasNotes ? ([{ name: 'note' }] as const) : []),
  ] as const;
  const failures = failureLines(run.tasks, output);
  return [...textTable(columns, rows), ...(failures.length === 0 ? [] : ['', ...failures])];
}

/** `12/40`, with those that went another way: `12/40, 2 failed`. */
function itemsText({ items }: TaskView): string {
  if (items === undefined) return '';
  const { count, success, failed, skipped } = items;
  const others = [
    failed === 0 ? '' : `${countText(failed)} failed`,
    skipped === 0 ? '' : `${countText(skipped)} skipped`,
  ].filter((part) => part !== '');
  return [`${countText(success)}/${countText(count)}`, ...others].join(', ');
}

const SHOWN_FAILURES = 20;

/** Which failed, at which attempt, and why. */
function failureLines(tasks: readonly TaskView[], output: Output): string[] {
  const lines = tasks.flatMap((task) => {
    const items = task.items?.failures ?? [];
    if (items.length > 0) {
      return items.map(
        ({ mapIndex, attempt, error }) =>
          `${task.id}[${mapIndex}], attempt ${attempt}: ${error.message}`,
      );
    }
    if (task.error === undefined || task.state === 'success') return [];
    return [`${task.id}, attempt ${task.attempt}: ${task.error.message}`];
  });
  const failed = tasks.reduce((sum, task) => sum + (task.items?.failed ?? 0), 0);
  const shown = lines.slice(0, SHOWN_FAILURES).map((line) => `${output.style('red', '✗')} ${line}`);
  const more = Math.max(lines.length, failed) - shown.length;
  return more > 0 && shown.length > 0 ? [...shown, `  … and ${countText(more)} more`] : shown;
}
