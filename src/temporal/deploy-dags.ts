/** Owns making DAGs known to the server: their schedulers, pools, and the assets they follow. */
import type { Client } from '@temporalio/client';
import { ErrorCode, messageOf, TidemarkError } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import { assetsOf, graphHash, type Dag, type DagGraph, type Json } from '../dag/index.js';
import { dagTaskQueueOf } from '../scheduling/dag-names.js';
import type { DeployedDag } from '../scheduling/dag-scheduler-input.js';
import { LARGEST_GRAPH_BYTES } from '../scheduling/plan-cost.js';
import { followAssets } from './asset-board.js';
import { resizePool } from './dag-pools.js';
import { deployDag } from './dag-schedulers.js';

/** A DAG as a worker serves it, whatever its params. */
export type ServedDag = Pick<Dag<never>, 'id' | 'graph' | 'bodies'> & {
  readonly params: { parse(input: unknown): unknown } | undefined;
};

/** @throws TidemarkError InvalidConfig when the schedule could not start `dag`. */
export function deployedDagOf(dag: ServedDag, at: Instant): DeployedDag {
  const { graph } = dag;
  const sizeBytes = JSON.stringify(graph).length;
  if (sizeBytes > LARGEST_GRAPH_BYTES) {
    throw new TidemarkError(`The graph of ${dag.id} is ${Math.round(sizeBytes / 1000)} kB.`, {
      code: ErrorCode.InvalidConfig,
      subject: dag.id,
      hint: `At most ${LARGEST_GRAPH_BYTES / 1000} kB can be pinned in a run: map a task over a list instead of listing tasks or values.`,
    });
  }
  return { graph, graphHash: graphHash(graph), defaultParams: defaultParamsOf(dag), at };
}

/** Tells the server of each; what is known and unchanged stays as it is. */
export async function deployDags(
  client: Client,
  deployed: readonly DeployedDag[],
  taskQueue: string,
): Promise<void> {
  const pools = new Map(deployed.flatMap(({ graph }) => Object.entries(graph.pools)));
  for (const [pool, slots] of pools) {
    await resizePool(client, { pool, slots, taskQueue: dagTaskQueueOf(taskQueue) });
  }
  for (const dag of deployed) {
    await deployDag(client, dag, taskQueue);
    const follower = { dagId: dag.graph.id, assets: followedBy(dag.graph) };
    await followAssets(client, follower, taskQueue);
  }
}

function followedBy({ schedule }: DagGraph): readonly string[] {
  return schedule.kind === 'assets' ? assetsOf(schedule.when) : [];
}

function defaultParamsOf({ id, params, graph }: ServedDag): Json {
  if (params === undefined) return null;
  try {
    return params.parse({}) as Json;
  } catch (cause) {
    // Whoever starts a run by hand gives them.
    if (graph.schedule.kind === 'manual') return null;
    throw new TidemarkError(
      `DAG ${id} is scheduled, but its params have no defaults: ${messageOf(cause)}`,
      {
        code: ErrorCode.InvalidConfig,
        subject: id,
        hint: 'Give every param a `.default(…)`, or schedule it with manual().',
        cause,
      },
    );
  }
}
