/** Owns one shard: a stretch of a mapped task's items, whose history is its own. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { BodyActivities } from '../activities/dag/body-activities.js';
import type { ItemRun, Output } from '../src/dag/engine/run-state.js';
import { shardItems } from '../src/dag/engine/shard.js';
import { without } from '../src/dag/engine/without.js';
import { viewRun } from '../src/dag/engine/run-view.js';
import { renderTasks } from '../src/scheduling/render-run.js';
import { DagRunner } from './dag-runner.js';
import { fullness } from './history-limit.js';
import type { DagShardInput, DagShardResult } from './run-shard.js';

const { keepOutputs } = proxyActivities<Pick<BodyActivities, 'keepOutputs'>>({
  startToCloseTimeout: '5 minutes',
  retry: { maximumInterval: '1 minute', maximumAttempts: 20 },
});

/** Bytes of outputs, as JSON, that travel in a shard's result; more are kept as one list. */
const MOST_INLINE_BYTES = 4096;

/** Failed items of one shard whose reasons travel in its result. */
const MOST_ERRORS = 20;

/** Runs the items of a shard. Its parent asks for it, and takes in the result. */
export async function dagShard(input: DagShardInput): Promise<DagShardResult> {
  const { graph, state, sources, run, carried } = input;
  const runner = new DagRunner({
    graph,
    run,
    shard: { state, sources },
    carried,
    nowMs: workflowInfo().startTime.getTime(),
    fullness,
    shards: 'here',
    onChange: (changed) => {
      setCurrentDetails(renderTasks(viewRun(graph, changed.state), []));
    },
  });
  CancellationScope.current().cancelRequested.catch(() => {
    runner.tell({ type: 'cancel' });
  });
  runner.begin();
  await runner.rest();
  if (!runner.hasEnded) {
    await condition(allHandlersFinished);
    await continueAsNew<typeof dagShard>({ ...input, carried: runner.carry() });
  }
  const result = await CancellationScope.nonCancellable(() =>
    keep(shardItems(runner.state), `${run.dagId}/${run.runId}/${graph.tasks[0]?.id ?? ''}`),
  );
  return { ...result, endedAtMs: runner.nowMs };
}

/** Puts outputs aside where they are many: each item is then the number of its attempt alone. */
async function keep(all: readonly ItemRun[], name: string): Promise<DagShardResult> {
  const items = withFewErrors(all);
  const outputs = items.map(outputOf);
  if (JSON.stringify(outputs).length <= MOST_INLINE_BYTES) return { items };
  const from = workflowInfo().workflowId.split('/').at(-2) ?? '';
  const ref = await keepOutputs({ name: `${name}/${from}`, outputs });
  if (ref === null) return { items };
  return {
    kept: ref,
    items: items.map((item) =>
      typeof item !== 'number' && item.state === 'success' ? item.attempt : item,
    ),
  };
}

/** Ten thousand reasons would be more than a run can carry; the rest stand in this history. */
function withFewErrors(items: readonly ItemRun[]): readonly ItemRun[] {
  let told = 0;
  return items.map((item) => {
    if (typeof item === 'number' || item.error === undefined) return item;
    told += 1;
    return told <= MOST_ERRORS ? item : without(item, 'error');
  });
}

function outputOf(item: ItemRun): Output | null {
  return typeof item === 'number' ? null : (item.output ?? null);
}
