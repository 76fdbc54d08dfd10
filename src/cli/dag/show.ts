/** Owns `tidemark dag show`. */
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { ErrorCode, messageOf, TidemarkError } from '../../core/errors.js';
import { renderMermaid, renderSvg, taskStates, type DagGraph } from '../../dag/index.js';
import type { DagRunView } from '../../scheduling/dag-run-input.js';
import { scheduleText } from '../../scheduling/render-scheduler.js';
import type { SeenRun } from '../../temporal/dag-runs.js';
import type { Output } from '../output.js';
import { openScope, withTemporal, type Scope } from '../scope.js';
import { webBase, workflowLink } from '../web-link.js';
import { DAG_ARGUMENT, findDagId, findLoadedDag } from './find-dag.js';
import { findDeployed } from './find-deployed.js';
import { findRun, RUN_ARGUMENT } from './find-run.js';
import { graphLines, stateStyle, taskLines } from './run-text.js';
import { intervalText, tookText, zoneOf } from './time-text.js';

interface ShowOptions {
  readonly svg?: string;
  readonly mermaid?: string | true;
}

type States = ReturnType<typeof taskStates>;

/** The command. */
export function showCommand(): Command {
  return new Command('show')
    .summary('draw a DAG, or how a run of it stands')
    .description(
      "Draws a DAG's graph. With a run: the graph as that run has it, in the colours of its states, and " +
        'a table of its tasks with what failed, at which attempt and why.',
    )
    .argument('<dag>', DAG_ARGUMENT)
    .argument('[run]', RUN_ARGUMENT)
    .option('--svg <file>', 'write a picture')
    .option('--mermaid [file]', 'write Mermaid text; to stdout without a file')
    .addHelpText(
      'after',
      '\nExamples:\n  $ tidemark dag show dags/orders.ts\n  $ tidemark dag show orders latest --svg run.svg\n',
    )
    .action(
      async (name: string, run: string | undefined, options: ShowOptions, command: Command) => {
        const scope = await openScope(command);
        if (run === undefined) await showDag(scope, name, options);
        else await showRun(scope, name, run, options);
      },
    );
}

/** From its file, which needs no server; else as it is deployed. */
async function showDag(scope: Scope, name: string, options: ShowOptions): Promise<void> {
  const { output } = scope;
  const { loaded } = await findDagId(scope, name);
  const graph = loaded?.dag.graph ?? (await deployedGraph(scope, name));
  if (await draw(graph, undefined, options, output)) return;
  output.json({ graph });
  for (const line of graphLines(graph, output)) output.line(line);
  output.line();
  for (const line of factLines(factsOf(graph), output)) output.line(line);
}

async function deployedGraph(scope: Scope, name: string): Promise<DagGraph> {
  const found = await withTemporal(scope, (temporal) => findDeployed(scope, temporal, name)).catch(
    async (error: unknown) => {
      const isAway = error instanceof TidemarkError && error.code === ErrorCode.Unreachable;
      // Without a server the files are all there is: they say what is wrong with the name.
      if (isAway) await findLoadedDag(scope, name);
      throw error;
    },
  );
  if (found.view !== undefined) return found.view.graph;
  throw new TidemarkError(`DAG ${found.id} does not answer.`, {
    code: ErrorCode.Unreachable,
    subject: found.id,
    ...(found.silence === undefined ? {} : { hint: found.silence }),
  });
}

async function showRun(
  scope: Scope,
  name: string,
  runName: string,
  options: ShowOptions,
): Promise<void> {
  const { output, config } = scope;
  const { id } = await findDagId(scope, name);
  await withTemporal(scope, async (temporal) => {
    const run = await findRun(temporal, id, runName);
    const base = webBase(config.temporal, temporal.address);
    const link = base && workflowLink(base, temporal.namespace, run.workflowId);
    const { view, snapshot, silence } = run;
    if (view === undefined || snapshot === undefined) {
      output.json({ ...withoutSnapshot(run), webUrl: link });
      output.line(`${output.style('bold', `${id} ${run.runId}`)} ${run.execution.toLowerCase()}`);
      if (silence !== undefined) output.note(output.noteStyle('yellow', silence));
      return;
    }
    const { graph, carried } = snapshot;
    if (await draw(graph, taskStates(graph, carried.state), options, output)) return;
    output.json({ ...withoutSnapshot(run), graph, webUrl: link });
    for (const line of runLines({ graph, view, link }, output, Date.now())) output.line(line);
  });
}

/** All that is shown of a run. */
function runLines(
  shown: {
    readonly graph: DagGraph;
    readonly view: DagRunView;
    readonly link: string | undefined;
  },
  output: Output,
  nowMs: number,
): string[] {
  const { graph, view, link } = shown;
  const zone = zoneOf(graph.schedule);
  const status = view.cancelling && view.status === 'running' ? 'cancelling' : view.status;
  const facts: [string, string | undefined][] = [
    ['run', view.runId],
    ['state', output.style(stateStyle(view.status), status)],
    ['type', view.runType],
    ['interval', `${intervalText(view.dataInterval, zone)} ${zone}`],
    ['took', tookText(view, nowMs)],
    ['params', hasParams(view) ? JSON.stringify(view.params) : undefined],
    ['page', link],
  ];
  return [
    ...graphLines(graph, output, view.tasks),
    '',
    ...factLines(facts, output),
    '',
    ...taskLines({ graph, tasks: view.tasks, waitingForPool: view.waitingForPool }, output, nowMs),
  ];
}

function hasParams({ params }: DagRunView): boolean {
  return params !== null && JSON.stringify(params) !== '{}';
}

function factsOf(graph: DagGraph): [string, string | undefined][] {
  const pools = Object.entries(graph.pools).map(([pool, slots]) => `${pool} (${slots})`);
  return [
    ['about', graph.description],
    ['tags', graph.tags.length === 0 ? undefined : graph.tags.join(', ')],
    ['schedule', scheduleText(graph.schedule)],
    ['catchup', graph.catchup ? `since ${graph.startDate ?? 'ever'}` : undefined],
    ['pools', pools.length === 0 ? undefined : pools.join(', ')],
    ['at once', `${graph.maxActiveRuns} runs, ${graph.maxActiveTasks} tasks of each`],
  ];
}

function factLines(facts: readonly [string, string | undefined][], output: Output): string[] {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`${output.style('dim', name.padEnd(width))}  ${value}`],
  );
}

/** Writes what was asked for; true when that is the whole answer. */
async function draw(
  graph: DagGraph,
  states: States | undefined,
  { svg, mermaid }: ShowOptions,
  output: Output,
): Promise<boolean> {
  if (mermaid === true) output.raw(renderMermaid(graph, states));
  else if (mermaid !== undefined) await write(mermaid, renderMermaid(graph, states), output);
  if (svg !== undefined) await write(svg, renderSvg(graph, states), output);
  return mermaid !== undefined || svg !== undefined;
}

async function write(file: string, text: string, output: Output): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new TidemarkError(`${file} cannot be written: ${messageOf(cause)}.`, {
      code: ErrorCode.InvalidUsage,
      subject: file,
      hint: 'Name a file in a directory that is there.',
      cause,
    });
  }
  output.json({ file });
  output.line(`wrote ${file}`);
}

/** The snapshot is for going on with a run, and as large as all its items. */
function withoutSnapshot({ snapshot: _snapshot, ...run }: SeenRun): object {
  return run;
}
