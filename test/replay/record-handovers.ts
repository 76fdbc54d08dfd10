/** Owns recording executions that continue as new: the one that ends so, and the one that goes on. */
import type { WorkflowHandle } from '@temporalio/client';
import {
  ASSET_BOARD_ID,
  poolIdOf,
  SchedulerMessage,
  schedulerIdOf,
} from '../../src/scheduling/dag-names.js';
import type { SchedulerView } from '../../src/scheduling/dag-scheduler-input.js';
import { startDevServer } from '../support/dev-server.js';
import { eventually, RecordingWorld } from './recording-world.js';
import { follower, long, quick } from './recorded-dags.js';

/** Events past which this server suggests to continue as new; by itself it does at 4,096. */
const FEW_EVENTS = 100;

/** Records the first handover of each kind of workflow. */
export function recordHandovers(): Promise<void> {
  return RecordingWorld.live(
    [long, quick, follower],
    async (world) => {
      const run = await world.start(long);
      await askFor(world, 'first', 16);
      await world.ends(run);
      await handover(world, schedulerIdOf(quick.id));
      await askFor(world, 'second', 4);
      await saveHandover(world, 'dag-run', run.workflowId);
      await saveHandover(world, 'dag-shard', `${run.workflowId}/wide/0-15/1`);
      await saveHandover(world, 'dag-pool', poolIdOf('few'));
      await saveHandover(world, 'dag-scheduler', schedulerIdOf(quick.id));
      await saveHandover(world, 'dag-asset-board', ASSET_BOARD_ID);
    },
    () => startDevServer({ 'limit.historyCount.suggestContinueAsNew': FEW_EVENTS }),
  );
}

/** Asks for so many runs of {@link quick}, and waits until the last has ended. */
async function askFor(world: RecordingWorld, name: string, runs: number): Promise<void> {
  for (let n = 1; n <= runs; n++) await world.trigger(quick, `${name}-${n}`);
  const scheduler = world.workflow(schedulerIdOf(quick.id));
  await eventually(`${runs} ${name} runs ended`, async () => {
    const { ended } = await scheduler.query<SchedulerView>(SchedulerMessage.view);
    return ended.some(({ runId }) => runId === `${name}-${runs}`);
  });
}

/** The first two executions of a workflow, once there are two. */
async function handover(world: RecordingWorld, id: string): Promise<readonly WorkflowHandle[]> {
  const { raw, runId } = await world.workflow(id).describe();
  const first = world.workflow(id, raw.workflowExecutionInfo?.firstRunId || runId);
  let next: string | null | undefined;
  await eventually(`${id} continued as new`, async () => {
    const { events } = await first.fetchHistory();
    next = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    return next != null;
  });
  return [first, world.workflow(id, next ?? '')];
}

async function saveHandover(world: RecordingWorld, name: string, id: string): Promise<void> {
  const [first, second] = await handover(world, id);
  await world.save(`${name}-hands-over`, first!);
  await world.save(`${name}-takes-over`, second!);
}
