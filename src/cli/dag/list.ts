/** Owns `tidemark dag list`. */
import { relative } from 'node:path';
import { Command } from 'commander';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { instantOfMillis, millisOf } from '../../core/instant.js';
import { manualInterval, nextInterval, type DagGraph, type DataInterval } from '../../dag/index.js';
import { readProjectDags, type LoadedDag } from '../../dag-files/load-dags.js';
import type { SchedulerView } from '../../scheduling/dag-scheduler-input.js';
import { scheduleText } from '../../scheduling/render-scheduler.js';
import { connectionSettings, noServerAt } from '../../temporal/connect.js';
import { listSchedulers, type SeenScheduler } from '../../temporal/dag-schedulers.js';
import { isRefusedHere } from '../../temporal/is-refused.js';
import { ExitCode } from '../exit-code.js';
import type { Output } from '../output.js';
import { openScope, withTemporal, type Scope } from '../scope.js';
import { textTable } from '../text-table.js';
import { projectDirectory } from './find-dag.js';
import { stateStyle } from './run-text.js';
import { awayText } from './time-text.js';

/** One DAG, by its file, its deployment, or both. */
interface ListedDag {
  readonly id: string;
  readonly loaded: LoadedDag | undefined;
  readonly seen: SeenScheduler | undefined;
}

/** The command. */
export function listCommand(): Command {
  return new Command('list')
    .summary('show every DAG: of the files here, and deployed')
    .description(
      'Lists the DAGs of the files here and those deployed on Temporal: schedule, next run, last run. ' +
        'Without a server it lists the files alone. Ends with 1 when a file does not load.',
    )
    .action(async (_options: object, command: Command) => {
      const scope = await openScope(command);
      const { output } = scope;
      const directory = projectDirectory(scope);
      const { dags, problems } = await readProjectDags(scope.config, directory);
      const { schedulers, trouble } = await deployed(scope);
      const ids = new Set([...dags.map(({ dag }) => dag.id), ...schedulers.map((s) => s.dagId)]);
      const listed = [...ids].sort().map((id): ListedDag => ({
        id,
        loaded: dags.find(({ dag }) => dag.id === id),
        seen: schedulers.find(({ dagId }) => dagId === id),
      }));
      output.json({
        dags: listed.map((one) => asJson(one, directory)),
        problems: problems.map(({ message, hint }) => ({ message, hint })),
        ...(trouble === undefined ? {} : { temporal: trouble }),
      });
      if (listed.length > 0) {
        const known = { directory, isServerThere: trouble === undefined };
        for (const line of listLines(listed, known, output)) output.line(line);
      } else if (problems.length === 0) {
        output.line('No DAG: put a file with `export default dag(…)` in dags/.');
      }
      for (const note of notesOf(listed, trouble)) output.note(output.noteStyle('yellow', note));
      for (const { message, hint } of problems) {
        output.note(`${output.noteStyle('red', '✗')} ${message}`);
        if (hint !== undefined) output.note(`  ${output.noteStyle('dim', hint)}`);
      }
      if (problems.length > 0) process.exitCode = ExitCode.failed;
    });
}

/** What is deployed, as far as a server tells; one that is not there is no failure of a list. */
async function deployed(
  scope: Scope,
): Promise<{ readonly schedulers: readonly SeenScheduler[]; readonly trouble?: string }> {
  const { address } = connectionSettings(scope.config.temporal).connection;
  try {
    // The files are what most lists are for: without a server they must not be waited for.
    if (address !== undefined && (await isRefusedHere(address)))
      throw noServerAt(address, undefined);
    return await withTemporal(scope, async (temporal) => ({
      schedulers: await listSchedulers(temporal),
    }));
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== ErrorCode.Unreachable) throw error;
    return { schedulers: [], trouble: `${error.message} These are the files alone.` };
  }
}

function notesOf(listed: readonly ListedDag[], trouble: string | undefined): string[] {
  if (trouble !== undefined) return [trouble];
  const silence = listed.map(({ seen }) => seen && 'silence' in seen && seen.silence).find(Boolean);
  return typeof silence === 'string' ? [silence] : [];
}

function listLines(
  listed: readonly ListedDag[],
  known: { readonly directory: string; readonly isServerThere: boolean },
  output: Output,
): string[] {
  const { directory, isServerThere } = known;
  const nowMs = Date.now();
  const rows = listed.map((one) => {
    const view = viewOf(one);
    const graph = graphOf(one);
    const next = nextOf(one, nowMs);
    const last = view?.ended[0];
    return [
      output.style('bold', one.id),
      graph === undefined ? '' : scheduleText(graph.schedule),
      view?.paused === true
        ? output.style('yellow', 'paused')
        : next === undefined
          ? ''
          : awayText(millisOf(next.end), nowMs),
      last === undefined ? '' : output.style(stateStyle(last.status), last.status),
      isServerThere ? deployedText(one) : '',
      one.loaded === undefined ? '' : relative(directory, one.loaded.file),
    ];
  });
  const names = ['dag', 'schedule', 'next', 'last', 'deployed', 'file'];
  return textTable(
    names.map((name) => ({ name })),
    rows,
  );
}

/** Whether what runs is what the file says. */
function deployedText(one: ListedDag): string {
  const view = viewOf(one);
  if (one.seen === undefined) return 'no';
  if (view === undefined) return 'no answer';
  if (one.loaded === undefined) return 'yes';
  return JSON.stringify(view.graph) === JSON.stringify(one.loaded.dag.graph) ? 'yes' : 'older';
}

function viewOf({ seen }: ListedDag): SchedulerView | undefined {
  return seen !== undefined && 'said' in seen ? seen.said : undefined;
}

function graphOf(one: ListedDag): DagGraph | undefined {
  return viewOf(one)?.graph ?? one.loaded?.dag.graph;
}

/** What its scheduler says comes next; of a DAG that is not deployed, what would. */
function nextOf(one: ListedDag, nowMs: number): DataInterval | undefined {
  if (one.seen !== undefined) return viewOf(one)?.next;
  const graph = one.loaded?.dag.graph;
  if (graph === undefined) return undefined;
  const now = instantOfMillis(nowMs);
  const past = manualInterval(graph.schedule, now);
  return nextInterval(graph.schedule, { ...graph, catchup: false }, past, now);
}

function asJson(one: ListedDag, directory: string): object {
  const view = viewOf(one);
  const graph = graphOf(one);
  return {
    id: one.id,
    schedule: graph?.schedule,
    deployed: one.seen !== undefined,
    paused: view?.paused,
    next: nextOf(one, Date.now()),
    lastRun: view?.ended[0],
    active: view?.active.length,
    file: one.loaded === undefined ? undefined : relative(directory, one.loaded.file),
    ...(one.seen !== undefined && 'silence' in one.seen ? { silence: one.seen.silence } : {}),
  };
}
