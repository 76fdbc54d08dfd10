/** Owns `tidemark dag test`. */
import { Command } from 'commander';
import { didYouMean } from '../../config/nearest-name.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { millisOf } from '../../core/instant.js';
import {
  testDag,
  type DagGraph,
  type Script,
  type TaskLogger,
  type TaskView,
  type TestRun,
} from '../../dag/index.js';
import type { TraceEntry } from '../../dag/index.js';
import { ExitCode } from '../exit-code.js';
import { timeText } from '../format.js';
import type { Output, Style } from '../output.js';
import { openScope } from '../scope.js';
import { DAG_ARGUMENT, findLoadedDag } from './find-dag.js';
import { checkParams, PARAMS_OPTION, readParams } from './params-argument.js';
import { graphLines, stateStyle, taskLines } from './run-text.js';
import { readInstant } from './time-text.js';

interface TestOptions {
  readonly params?: string;
  readonly date: string;
  readonly fail?: readonly string[];
}

/** The command. */
export function testCommand(): Command {
  return new Command('test')
    .summary('run a DAG in this process, with no server and no waiting')
    .description(
      'Runs a DAG here: its real bodies, one after another, while the clock jumps over waits, retries ' +
        'and timeouts. Decides as a run on Temporal does. Ends with 1 when the run does not succeed.',
    )
    .argument('<dag>', DAG_ARGUMENT)
    .option(...PARAMS_OPTION)
    .option('--date <time>', 'when the run starts', '2026-01-01T00:00:00Z')
    .option(
      '--fail <task>',
      'let a task fail: copy, one item copy[3], one attempt copy@1; may be given several times',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ tidemark dag test dags/orders.ts\n  $ tidemark dag test orders --fail copy@1\n',
    )
    .action(async (name: string, options: TestOptions, command: Command) => {
      const scope = await openScope(command);
      const { output } = scope;
      const { dag } = await findLoadedDag(scope, name);
      const startAt = readInstant(options.date, '--date');
      const params = await readParams(options.params);
      checkParams(dag, params);
      const run = await testDag(dag, {
        ...(params === undefined ? {} : { params }),
        startAt,
        outcomes: outcomesOf(dag.graph, options.fail ?? []),
        onStep: (entry) => {
          for (const line of stepLines(entry, output)) output.line(line);
        },
        loggerOf: (subject) => loggerTo(output, subject),
      });
      const { status, elapsedMs, trace, outputs } = run;
      output.json({
        dagId: dag.id,
        status,
        elapsedMs,
        tasks: tasksOf(dag.graph, run),
        trace,
        outputs,
      });
      const nowMs = millisOf(startAt) + elapsedMs;
      for (const line of endLines(dag.graph, run, output, nowMs)) output.line(line);
      if (status !== 'success') process.exitCode = ExitCode.failed;
    });
}

function tasksOf(graph: DagGraph, run: TestRun): readonly TaskView[] {
  return graph.tasks.flatMap(({ id }) => run.tasks[id] ?? []);
}

function endLines(graph: DagGraph, run: TestRun, output: Output, nowMs: number): string[] {
  const tasks = tasksOf(graph, run);
  const how =
    run.status === 'running'
      ? output.style('yellow', 'stands still: its tasks wait for the run before')
      : output.style(stateStyle(run.status), run.status);
  return [
    '',
    ...graphLines(graph, output, tasks),
    '',
    ...taskLines({ graph, tasks, waitingForPool: [] }, output, nowMs),
    '',
    `${output.style('bold', graph.id)} ${how} after ${timeText(run.elapsedMs)} of virtual time`,
  ];
}

const SIGNS: Readonly<Record<TraceEntry['what'], readonly [sign: string, style: Style]>> = {
  started: ['▸', 'cyan'],
  succeeded: ['✓', 'green'],
  failed: ['✗', 'red'],
  skipped: ['»', 'yellow'],
  notYet: ['⏲', 'cyan'],
  cancelled: ['✗', 'red'],
  callback: ['☎', 'dim'],
  assets: ['◆', 'dim'],
  completed: ['■', 'bold'],
};

const TIME_WIDTH = 12;

function stepLines(entry: TraceEntry, output: Output): string[] {
  const { atMs, what, subject, attempt, detail } = entry;
  if (what === 'completed') return [];
  const [sign, style] = SIGNS[what];
  const verb = what === 'notYet' ? 'not yet' : what === 'assets' ? 'updated' : what;
  const tries = attempt === undefined || attempt === 1 ? '' : `, attempt ${attempt}`;
  const why = detail === undefined ? '' : `: ${detail}`;
  const time = output.style('dim', timeText(atMs).padStart(TIME_WIDTH));
  return [`${time}  ${output.style(style, sign)} ${subject} ${verb}${tries}${why}`];
}

function loggerTo(output: Output, subject: string): TaskLogger {
  const say = (style: Style) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    const rest = fields === undefined ? '' : ` ${JSON.stringify(fields)}`;
    output.line(
      `${' '.repeat(TIME_WIDTH)}    ${output.style(style, `${subject}: ${message}`)}${rest}`,
    );
  };
  return { info: say('dim'), warn: say('yellow'), error: say('red') };
}

/** Reads each `--fail task[item]@attempt`. */
function outcomesOf(graph: DagGraph, texts: readonly string[]): Readonly<Record<string, Script>> {
  const wishes = texts.map((text) => {
    const match = /^([^[\]@]+)(?:\[(\d+)\])?(?:@(\d+))?$/.exec(text);
    const [, task = text, item, attempt] = match ?? [];
    const known = graph.tasks.map(({ id }) => id);
    if (match === null || !known.includes(task)) {
      const guess = didYouMean(task, known);
      throw new TidemarkError(`--fail ${text} names no task of ${graph.id}.`, {
        code: ErrorCode.InvalidUsage,
        subject: text,
        hint: [guess, `Its tasks: ${known.join(', ')}.`].filter((part) => part !== '').join(' '),
      });
    }
    return { text, task, item: numberOf(item), attempt: numberOf(attempt) };
  });
  return Object.fromEntries(
    wishes.map(({ task }): [string, Script] => [
      task,
      (call) => {
        const wish = wishes.find(
          (one) =>
            one.task === task &&
            (one.item ?? call.mapIndex) === call.mapIndex &&
            (one.attempt ?? call.attempt) === call.attempt,
        );
        return wish === undefined ? 'run' : { fail: `--fail ${wish.text}` };
      },
    ]),
  );
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
