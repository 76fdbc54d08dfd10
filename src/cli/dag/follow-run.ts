/** Owns following a run to its end: live on a terminal, a line for each change elsewhere. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskView } from '../../dag/index.js';
import type { DagRunView } from '../../scheduling/dag-run-input.js';
import type { TemporalAccess } from '../../temporal/connect.js';
import { seeDagRun } from '../../temporal/dag-runs.js';
import { onInterrupt } from '../interrupt.js';
import { LiveArea } from '../live-area.js';
import type { Output } from '../output.js';
import { stateStyle, taskLines } from './run-text.js';
import { tookText } from './time-text.js';

const LOOK_INTERVAL_MS = 500;

/** Follows the run; resolves with how it ended, or undefined when Ctrl-C ended the looking. */
export async function followRun(
  temporal: TemporalAccess,
  run: { readonly dagId: string; readonly runId: string },
  output: Output,
): Promise<DagRunView | undefined> {
  const area = new LiveArea(output.terminal);
  const interrupt = onInterrupt();
  let before: DagRunView | undefined;
  let told: string | undefined;
  try {
    while (!interrupt.signal.aborted) {
      const seen = await seeDagRun(temporal, run.dagId, run.runId);
      const { view } = seen ?? {};
      // Said once: a worker that restarts is silent for a moment, over and over.
      if (seen?.silence !== undefined && seen.silence !== told) output.note((told = seen.silence));
      if (view !== undefined && seen?.snapshot !== undefined) {
        const { graph } = seen.snapshot;
        if (area.isLive) area.show(taskLines({ graph, ...view }, output, Date.now()));
        else for (const line of changeLines(before, view, output)) output.line(line);
        before = view;
      }
      if (view !== undefined && isOver(view)) return view;
      await sleep(LOOK_INTERVAL_MS, undefined, { signal: interrupt.signal }).catch(() => undefined);
    }
    output.note(`The run goes on; \`tidemark dag show ${run.dagId} ${run.runId}\` shows it.`);
    return undefined;
  } finally {
    area.end();
    interrupt.release();
  }
}

function isOver({ status }: DagRunView): boolean {
  return status !== 'created' && status !== 'running';
}

/** A line for each task that stands otherwise than before. */
export function changeLines(
  before: DagRunView | undefined,
  after: DagRunView,
  output: Output,
): string[] {
  return after.tasks.flatMap((task, at) => {
    const known = before?.tasks[at];
    if (known?.state === task.state && known.attempt === task.attempt) return [];
    if (known === undefined && task.state === 'waiting') return [];
    return [changeLine(task, output)];
  });
}

function changeLine(task: TaskView, output: Output): string {
  const { items, endedAtMs } = task;
  const notes = [
    task.attempt > 1 ? `attempt ${task.attempt}` : '',
    items === undefined ? '' : `${items.success}/${items.count}`,
    endedAtMs === undefined ? '' : tookText(task, endedAtMs),
    task.error?.message ?? task.reason ?? '',
  ].filter((part) => part !== '');
  const state = output.style(stateStyle(task.state), task.state);
  return `${output.style('bold', task.id)} ${state}${notes.length === 0 ? '' : `  ${notes.join(', ')}`}`;
}
