/** Owns the run context of a body that runs in the workflow itself. */
import { log } from '@temporalio/workflow';
import type { RunContext } from '../src/dag/run-context.js';
import { bodyControls } from '../src/dag/running/call-body.js';
import type { TaskOrder } from '../src/scheduling/task-order.js';

/** Without a signal: cancellation reaches such a body through its cancellation scope. */
export function contextHere({
  run,
  task,
  attempt,
  mapIndex,
}: Pick<TaskOrder, 'run' | 'task' | 'attempt' | 'mapIndex'>): Omit<RunContext, 'signal'> {
  return {
    ...run,
    taskId: task,
    attempt,
    mapIndex,
    logger: log,
    heartbeat: () => undefined,
    ...bodyControls,
  };
}
