/** Owns a run's page in Temporal Web: how it stands, task by task, as Markdown. */
import { formatDuration } from '../dag/duration.js';
import type { TaskView } from '../dag/engine/run-view.js';
import { instantOfMillis } from '../core/instant.js';
import type { DagRunView } from './dag-run-input.js';
import { markdownTable } from './markdown-table.js';

const SIGN: Record<TaskView['state'], string> = {
  waiting: '·',
  ready: '…',
  running: '▶',
  up_for_retry: '↻',
  up_for_reschedule: '◷',
  success: '✔',
  failed: '✘',
  skipped: '⤼',
  upstream_failed: '⊘',
};

/** The whole page of a run. */
export function renderRun(view: DagRunView): string {
  const { dagId, runId, dataInterval, params, status, cancelling, startedAtMs, endedAtMs } = view;
  const took = endedAtMs === undefined ? '' : ` in ${durationText(endedAtMs - startedAtMs)}`;
  const word = cancelling && status === 'running' ? 'being cancelled' : status;
  return [
    `**${dagId}** ${runId} · ${view.runType} · **${word}**${took}`,
    `interval ${dataInterval.start} to ${dataInterval.end} · started ${instantOfMillis(startedAtMs)}${
      params === null ? '' : ` · params \`${JSON.stringify(params)}\``
    }`,
    renderTasks(view.tasks, view.waitingForPool),
  ].join('\n\n');
}

/** The table of tasks. */
export function renderTasks(
  tasks: readonly TaskView[],
  waitingForPool: DagRunView['waitingForPool'],
): string {
  return markdownTable(
    ['', 'task', 'state', 'items', 'attempt', 'took', ''],
    tasks.map((task) => [
      SIGN[task.state],
      task.id,
      task.state,
      itemsText(task),
      task.attempt === 0 ? '' : String(task.attempt),
      task.startedAtMs === undefined || task.endedAtMs === undefined
        ? ''
        : durationText(task.endedAtMs - task.startedAtMs),
      noteOf(task, waitingForPool),
    ]),
  ).join('\n');
}

/** `3/12`, and how many failed or were skipped; empty for a task that is not mapped. */
export function itemsText({ items }: Pick<TaskView, 'items'>): string {
  if (items === undefined) return '';
  const { count, success, failed, skipped } = items;
  const bad = [failed > 0 ? `${failed} failed` : '', skipped > 0 ? `${skipped} skipped` : ''];
  return [`${success + failed + skipped}/${count}`, ...bad.filter((part) => part !== '')].join(
    ', ',
  );
}

/** Milliseconds as people read them: `0.4s` below ten seconds, `1m30s` above. */
export function durationText(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)}s` : formatDuration(Math.round(ms / 1000) * 1000);
}

function noteOf(task: TaskView, waitingForPool: DagRunView['waitingForPool']): string {
  const waits = waitingForPool.filter(
    ({ name }) => name === task.id || name.startsWith(`${task.id}[`),
  );
  const [first] = waits;
  if (first !== undefined) {
    return `${waits.length > 1 ? `${waits.length} wait` : 'waits'} for pool ${first.pool}`;
  }
  if (task.error !== undefined) return task.error.message;
  const [failure] = task.items?.failures ?? [];
  if (failure !== undefined) return `[${failure.mapIndex}] ${failure.error.message}`;
  return task.reason ?? '';
}
