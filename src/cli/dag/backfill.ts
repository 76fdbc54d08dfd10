/** Owns `tidemark dag backfill`. */
import { Command, Option } from 'commander';
import { instantOfMillis } from '../../core/instant.js';
import type {
  BackfillPlan,
  BackfillRequest,
  BackfillScope,
} from '../../scheduling/dag-scheduler-input.js';
import { backfillDag } from '../../temporal/dag-schedulers.js';
import { integerArgument } from '../arguments.js';
import { countText, plural } from '../format.js';
import type { Output } from '../output.js';
import { openScope, withTemporal } from '../scope.js';
import { DAG_ARGUMENT } from './find-dag.js';
import { findDeployed } from './find-deployed.js';
import { checkParams, PARAMS_OPTION, readParams } from './params-argument.js';
import { intervalText, readInstant, zoneOf } from './time-text.js';

interface BackfillOptions {
  readonly from: string;
  readonly to: string;
  readonly scope: BackfillScope;
  readonly maxActiveRuns: number;
  readonly backwards?: boolean;
  readonly dryRun?: boolean;
  readonly params?: string;
}

/** The command. */
export function backfillCommand(): Command {
  return new Command('backfill')
    .summary('run a DAG for past intervals')
    .description(
      "Runs a DAG for every interval of its schedule within [from, to), beside the schedule's own runs. " +
        'An interval has one run: one that is there is left alone, or run again, as --scope says.',
    )
    .argument('<dag>', DAG_ARGUMENT)
    .requiredOption('--from <time>', 'where the first interval may begin (inclusive)')
    .requiredOption('--to <time>', 'where the last interval may end (inclusive)')
    .addOption(
      new Option('--scope <scope>', 'missing: intervals without a run; failed: failed ones too')
        .choices(['missing', 'failed', 'all'])
        .default('missing'),
    )
    .option('--max-active-runs <count>', 'runs at once', integerArgument(1, 100), 4)
    .option('--backwards', 'the latest interval first')
    .option('--dry-run', 'say what would run, and run nothing')
    .option(...PARAMS_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  $ tidemark dag backfill orders --from 2026-01-01 --to 2026-02-01 --dry-run\n',
    )
    .action(async (name: string, options: BackfillOptions, command: Command) => {
      const scope = await openScope(command);
      const { output } = scope;
      const from = readInstant(options.from, '--from');
      const to = readInstant(options.to, '--to');
      const given = await readParams(options.params);
      await withTemporal(scope, async (temporal) => {
        const { id, loaded, view } = await findDeployed(scope, temporal, name);
        const params = given === undefined || !loaded ? given : checkParams(loaded.dag, given);
        const request: BackfillRequest = {
          from,
          to,
          scope: options.scope,
          maxActiveRuns: options.maxActiveRuns,
          backwards: options.backwards === true,
          dryRun: options.dryRun === true,
          at: instantOfMillis(Date.now()),
          ...(params === undefined ? {} : { params }),
        };
        const plan = await backfillDag(temporal, id, request);
        output.json(plan);
        const zone = view === undefined ? 'UTC' : zoneOf(view.graph.schedule);
        for (const line of planLines({ id, plan, request, zone }, output)) output.line(line);
      });
    });
}

const SHOWN = 10;

function planLines(
  about: {
    readonly id: string;
    readonly plan: BackfillPlan;
    readonly request: BackfillRequest;
    readonly zone: string;
  },
  output: Output,
): string[] {
  const { id, plan, request, zone } = about;
  const { intervals, total, leftOut, leftOutTotal, backfillId } = plan;
  const verb = request.dryRun ? 'would run' : 'runs';
  const head =
    total === 0
      ? `${output.style('bold', id)} has nothing to run in this range`
      : `${output.style('bold', id)} ${verb} ${plural(total, 'interval')}, ${request.maxActiveRuns} at once (${zone})`;
  const left = leftOut
    .slice(0, SHOWN)
    .map(
      ({ interval, why }) => `  ${output.style('dim', `${intervalText(interval, zone)}: ${why}`)}`,
    );
  return [
    head,
    ...intervals.slice(0, SHOWN).map((interval) => `  ${intervalText(interval, zone)}`),
    ...moreLine(total),
    ...(leftOutTotal === 0 ? [] : [`left out: ${countText(leftOutTotal)}`, ...left]),
    ...moreLine(leftOutTotal),
    ...(backfillId === undefined ? [] : [`\`tidemark dag runs ${id}\` shows them (${backfillId})`]),
  ];
}

function moreLine(total: number): string[] {
  return total > SHOWN ? [`  … and ${countText(total - SHOWN)} more`] : [];
}
