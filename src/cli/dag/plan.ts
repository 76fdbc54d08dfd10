/** Owns `tidemark dag plan`. */
import { Command } from 'commander';
import { addSeconds, instantOfMillis, millisOf, type Instant } from '../../core/instant.js';
import {
  intervalsBetween,
  manualInterval,
  nextInterval,
  type DagGraph,
  type DataInterval,
  type Schedule,
} from '../../dag/index.js';
import {
  estimateRun,
  type Cost,
  type LimitUse,
  type RunEstimate,
  type TaskCost,
} from '../../scheduling/plan-cost.js';
import { scheduleText } from '../../scheduling/render-scheduler.js';
import { integerArgument } from '../arguments.js';
import { bytesText, countText } from '../format.js';
import type { Output } from '../output.js';
import { openScope } from '../scope.js';
import { textTable } from '../text-table.js';
import { DAG_ARGUMENT, findLoadedDag } from './find-dag.js';
import { awayText, clockText, zoneOf } from './time-text.js';

const MONTH_SECONDS = 30 * 86_400;

/** The command. */
export function planCommand(): Command {
  return new Command('plan')
    .summary('show when a DAG will run, what a run costs, and which limit is near')
    .description(
      'Shows the intervals to come, an estimate of the events and Actions of a run and of a month on ' +
        'Temporal Cloud, and the limits that a run comes near. From the file alone; needs no server.',
    )
    .argument('<dag>', DAG_ARGUMENT)
    .option('-n, --count <n>', 'intervals to show', integerArgument(1, 1000), 5)
    .action(async (name: string, options: { count: number }, command: Command) => {
      const scope = await openScope(command);
      const { output } = scope;
      const { dag } = await findLoadedDag(scope, name);
      const { graph } = dag;
      const now = instantOfMillis(Date.now());
      const intervals = nextIntervals(graph, now, options.count);
      const estimate = estimateRun(graph);
      const runs = runsAMonth(graph.schedule, now);
      output.json({
        dagId: dag.id,
        schedule: graph.schedule,
        intervals,
        runsAMonth: runs,
        ...estimate,
      });
      const lines = [
        `${output.style('bold', graph.id)}  ${scheduleText(graph.schedule)}`,
        '',
        ...intervalLines(intervals, graph.schedule, millisOf(now)),
        '',
        ...costLines(estimate, runs, output),
        '',
        ...limitLines(estimate.limits, output),
      ];
      for (const line of lines) output.line(line);
    });
}

/** The intervals that a scheduler would run next, had it started now. */
function nextIntervals(graph: DagGraph, now: Instant, count: number): readonly DataInterval[] {
  const intervals: DataInterval[] = [];
  let last: DataInterval | undefined;
  while (intervals.length < count) {
    const next = nextInterval(graph.schedule, graph, last, now);
    if (next === undefined) break;
    intervals.push(next);
    last = next;
  }
  return intervals;
}

/** Undefined when the schedule knows no time. */
function runsAMonth(schedule: Schedule, now: Instant): number | undefined {
  if (schedule.kind === 'manual' || schedule.kind === 'assets') return undefined;
  const { end } = manualInterval(schedule, now);
  return intervalsBetween(schedule, end, addSeconds(end, MONTH_SECONDS)).length;
}

function intervalLines(
  intervals: readonly DataInterval[],
  schedule: Schedule,
  nowMs: number,
): string[] {
  if (intervals.length === 0) {
    return [
      schedule.kind === 'assets'
        ? 'Runs when its assets are updated; which intervals, nobody can know.'
        : schedule.kind === 'manual'
          ? 'Runs only when someone asks: `tidemark dag trigger`.'
          : 'No more intervals: its endDate is over.',
    ];
  }
  const zone = zoneOf(schedule);
  const rows = intervals.map(({ start, end }) => [
    clockText(start, zone),
    clockText(end, zone),
    millisOf(end) <= nowMs ? 'now' : awayText(millisOf(end), nowMs),
  ]);
  const columns = ['interval starts', `ends (${zone})`, 'due'].map((name) => ({ name }));
  return textTable(columns, rows);
}

function costLines(estimate: RunEstimate, runs: number | undefined, output: Output): string[] {
  const { least, most, tasks } = estimate;
  const rows = tasks.map((task) => [
    task.task,
    itemsText(task),
    countText(task.each.events),
    actionsText(task.each),
  ]);
  const total = rangeOf(least.events, most.events);
  const actions = rangeOf(least.actions, most.actions);
  rows.push([output.style('bold', 'a whole run'), '', total, actions]);
  if (runs !== undefined) {
    const month = rangeOf(least.actions * runs, most.actions * runs);
    rows.push([`a month: ${countText(runs)} runs`, '', '', month]);
  }
  const columns = [
    { name: 'estimate' },
    { name: 'items', align: 'right' },
    { name: 'events', align: 'right' },
    { name: 'Actions', align: 'right' },
  ] as const;
  const isOpen = tasks.some(({ upTo }) => upTo !== undefined);
  const notes = [
    'An estimate, on the high side, of a run where each task succeeds at once:',
    'each retry adds 1 Action, each further look of a sensor 1 more.',
    ...(isOpen ? ['Where only a run knows the items: from one to the most there may be.'] : []),
  ];
  return [...textTable(columns, rows), ...notes.map((note) => output.style('dim', note))];
}

function itemsText({ items, upTo }: TaskCost): string {
  if (upTo !== undefined) return `× n ≤ ${countText(upTo)}`;
  return items === undefined ? '' : `× ${countText(items)}`;
}

/** Items of local tasks share an Action. */
function actionsText({ actions }: Cost): string {
  return actions > 0 && actions < 1 ? `1 for ${Math.round(1 / actions)}` : countText(actions);
}

function rangeOf(least: number, most: number): string {
  return least === most ? countText(least) : `${countText(least)} – ${countText(most)}`;
}

function limitLines(limits: readonly LimitUse[], output: Output): string[] {
  const rows = limits.map(({ limit, uses, allows, unit, beyond }, at) => {
    const text = unit === 'bytes' ? bytesText : countText;
    const percent = Math.round((uses / allows) * 100);
    const share = percent === 0 ? '<1%' : `${percent}%`;
    return [
      at === 0 ? output.style('bold', limit) : limit,
      `${text(uses)} of ${text(allows)}`,
      uses > allows ? output.style('yellow', share) : share,
      beyond,
    ];
  });
  const [heading = '', ...lines] = textTable(
    [
      { name: 'limit, nearest first' },
      { name: 'used', align: 'right' },
      { name: '', align: 'right' },
    ],
    rows.map((row) => row.slice(0, 3)),
  );
  const first = limits[0];
  return [
    heading,
    ...lines,
    ...(first === undefined
      ? []
      : [
          output.style(
            'dim',
            `The first it would meet: ${first.limit}; beyond it ${first.beyond}.`,
          ),
        ]),
  ];
}
