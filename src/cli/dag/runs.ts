/** Owns `tidemark dag runs`. */
import { Command } from 'commander';
import type { ScheduledRun, SchedulerView } from '../../scheduling/dag-scheduler-input.js';
import { schedulerIdOf } from '../../scheduling/dag-names.js';
import { listDagRuns, type ListedRun } from '../../temporal/dag-runs.js';
import { integerArgument } from '../arguments.js';
import type { Output } from '../output.js';
import { openScope, withTemporal } from '../scope.js';
import { textTable } from '../text-table.js';
import { webBase, workflowLink } from '../web-link.js';
import { DAG_ARGUMENT } from './find-dag.js';
import { findDeployed, type DeployedDag } from './find-deployed.js';
import { stateStyle } from './run-text.js';
import { awayText, clockText, tookText, zoneOf } from './time-text.js';

const MAX_LIMIT = 10_000;

/** A run as its scheduler and visibility know it, each as far as it does. */
type KnownRun = Pick<ScheduledRun, 'runId' | 'status'> & Partial<ScheduledRun & ListedRun>;

/** The command. */
export function runsCommand(): Command {
  return new Command('runs')
    .summary('show the runs of a DAG')
    .description('Lists the runs of a DAG, the latest first, with what failed in them.')
    .argument('<dag>', DAG_ARGUMENT)
    .option('-n, --limit <count>', 'how many', integerArgument(1, MAX_LIMIT), 20)
    .action(async (name: string, options: { limit: number }, command: Command) => {
      const scope = await openScope(command);
      const { output } = scope;
      await withTemporal(scope, async (temporal) => {
        const dag = await findDeployed(scope, temporal, name);
        const listed = await listDagRuns(temporal, dag.id, options.limit);
        const runs = knownRuns(dag.view, listed).slice(0, options.limit);
        const base = webBase(scope.config.temporal, temporal.address);
        const linkOf = (workflowId: string): string | undefined =>
          base && workflowLink(base, temporal.namespace, workflowId);
        output.json(
          runs.map((run) => ({
            ...run,
            ...(run.workflowId === undefined ? {} : { webUrl: linkOf(run.workflowId) }),
          })),
        );
        if (runs.length === 0) {
          output.line(`No runs yet. \`tidemark dag trigger ${dag.id}\` starts one.`);
        } else for (const line of runsLines(runs, dag, output, Date.now())) output.line(line);
        const link = linkOf(schedulerIdOf(dag.id));
        if (link !== undefined) output.line(`\n${link}`);
        if (dag.silence !== undefined) output.note(output.noteStyle('yellow', dag.silence));
      });
    });
}

/** Runs that wait come first, then by when they began, the latest first. */
export function knownRuns(
  view: SchedulerView | undefined,
  listed: readonly ListedRun[],
): readonly KnownRun[] {
  const scheduled = [...(view?.active ?? []), ...(view?.ended ?? [])];
  const runs = new Map<string, KnownRun>();
  for (const run of listed)
    runs.set(run.runId, { ...run, status: STATUS_OF[run.execution] ?? 'failed' });
  for (const run of scheduled) runs.set(run.runId, { ...runs.get(run.runId), ...run });
  const began = (run: KnownRun): number => run.startedAtMs ?? Number.POSITIVE_INFINITY;
  return [...runs.values()].sort((a, b) => (began(a) === began(b) ? 0 : began(b) - began(a)));
}

/** What an execution's end says of the run, where its scheduler has forgotten it. */
const STATUS_OF: Readonly<Partial<Record<ListedRun['execution'], KnownRun['status']>>> = {
  RUNNING: 'running',
  CONTINUED_AS_NEW: 'running',
  COMPLETED: 'success',
  CANCELLED: 'cancelled',
};

function runsLines(
  runs: readonly KnownRun[],
  dag: DeployedDag,
  output: Output,
  nowMs: number,
): string[] {
  const graph = dag.view?.graph ?? dag.loaded?.dag.graph;
  const zone = graph === undefined ? 'UTC' : zoneOf(graph.schedule);
  const rows = runs.map((run) => [
    run.runId,
    output.style(stateStyle(run.status), run.status),
    run.runType ?? '',
    run.dataInterval === undefined ? '' : clockText(run.dataInterval.end, zone),
    run.startedAtMs === undefined ? '' : awayText(run.startedAtMs, nowMs),
    tookText(run, nowMs),
  ]);
  const columns = [
    { name: 'run' },
    { name: 'state' },
    { name: 'type' },
    { name: zone === 'UTC' ? 'interval ends' : `ends (${zone})` },
    { name: 'started' },
    { name: 'took', align: 'right' },
  ] as const;
  const [heading = '', ...lines] = textTable(columns, rows);
  return [
    heading,
    ...lines.flatMap((line, at) => [line, ...failedLines(runs[at]?.failed ?? [], output)]),
  ];
}

function failedLines(failed: NonNullable<ScheduledRun['failed']>, output: Output): string[] {
  const [first] = failed;
  if (first === undefined) return [];
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  return [
    `  ${output.style('red', '✗')} ${first.name}, attempt ${first.attempt}: ${first.message}${more}`,
  ];
}
