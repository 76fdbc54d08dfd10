/** Owns `tidemark dag pools`. */
import { Command } from 'commander';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { runOfWorkflowId } from '../../scheduling/dag-names.js';
import type { PoolEntry, PoolView } from '../../scheduling/pool-messages.js';
import { listPools, seePool, type SeenPool } from '../../temporal/dag-pools.js';
import type { TemporalAccess } from '../../temporal/connect.js';
import type { Output } from '../output.js';
import { openScope, withTemporal } from '../scope.js';
import { textTable } from '../text-table.js';
import { didYouMean } from '../../config/nearest-name.js';

/** The command. */
export function poolsCommand(): Command {
  return new Command('pools')
    .summary('show pools: who holds slots, and who waits at which position')
    .description('Lists the pools that all DAGs share; with a name: one with its leases and queue.')
    .argument('[pool]', 'name of a pool')
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const scope = await openScope(command);
      const { output } = scope;
      await withTemporal(scope, async (temporal) => {
        if (name === undefined) {
          const pools = await listPools(temporal);
          output.json(pools);
          if (pools.length === 0) output.line('No pool: DAGs declare them by `pools`.');
          else for (const line of poolsLines(pools, output)) output.line(line);
          noteSilence(pools, output);
          return;
        }
        const pool = await findPool(temporal, name);
        output.json(pool);
        if ('said' in pool) for (const line of poolLines(pool.said, output)) output.line(line);
        noteSilence([pool], output);
      });
    });
}

async function findPool(temporal: TemporalAccess, name: string): Promise<SeenPool> {
  try {
    return await seePool(temporal, name);
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code !== ErrorCode.NotFound) throw error;
    const guess = didYouMean(
      name,
      (await listPools(temporal)).map(({ pool }) => pool),
    );
    throw new TidemarkError(error.message, {
      code: ErrorCode.NotFound,
      subject: name,
      hint: guess === '' ? (error.hint ?? '`tidemark dag pools` lists them.') : guess,
      cause: error,
    });
  }
}

function poolsLines(pools: readonly SeenPool[], output: Output): string[] {
  const rows = pools.map((pool) => {
    const view = 'said' in pool ? pool.said : undefined;
    return [
      output.style('bold', pool.pool),
      view === undefined ? 'no answer' : `${view.used}/${view.slots}`,
      view === undefined ? '' : String(view.leases.length),
      view === undefined ? '' : String(view.queue.length),
    ];
  });
  const columns = [
    { name: 'pool' },
    { name: 'slots', align: 'right' },
    { name: 'leases', align: 'right' },
    { name: 'waiting', align: 'right' },
  ] as const;
  return textTable(columns, rows);
}

function poolLines(view: PoolView, output: Output): string[] {
  const rows = [
    ...view.leases.map((lease) => [output.style('green', 'holds'), ...entryCells(lease), '']),
    ...view.queue.map(({ position, blocked, ...entry }) => [
      output.style(
        blocked === undefined ? 'yellow' : 'red',
        blocked === undefined ? `waits, ${String(position)}.` : 'blocked',
      ),
      ...entryCells(entry),
      blocked ?? '',
    ]),
  ];
  const columns = [
    { name: '' },
    { name: 'task' },
    { name: 'run' },
    { name: 'slots', align: 'right' },
    { name: 'priority', align: 'right' },
    { name: '' },
  ] as const;
  return [
    `${output.style('bold', view.pool)} ${view.used} of ${view.slots} slots taken, ${view.queue.length} waiting`,
    ...(rows.length === 0 ? [] : ['', ...textTable(columns, rows)]),
  ];
}

function entryCells({ label, holder, slots, priority }: PoolEntry): string[] {
  const run = runOfWorkflowId(holder);
  return [label, run?.runId ?? holder, String(slots), String(priority)];
}

function noteSilence(pools: readonly SeenPool[], output: Output): void {
  for (const pool of pools) {
    if (!('silence' in pool)) continue;
    output.note(output.noteStyle('yellow', pool.silence));
    return;
  }
}
