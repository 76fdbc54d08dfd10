/** Owns telling a callback: of a task's or a run's success, failure, retry, or a missed deadline. */
import { log, proxyActivities } from '@temporalio/workflow';
import { messageOf } from '../src/core/errors.js';
import type { AnyBody } from '../src/dag/authoring/definition.js';
import type { RunCommand } from '../src/dag/engine/messages.js';
import type { RunFacts } from '../src/scheduling/dag-run-input.js';
import type { CallbackOrder } from '../src/scheduling/task-order.js';
import { contextHere } from './context-here.js';

type Calls = Record<string, (order: CallbackOrder) => Promise<void>>;

/** Never fails: a callback tells, and its own failure changes nothing but the log. */
export async function callCallback(
  command: Extract<RunCommand, { type: 'runCallback' }>,
  run: RunFacts,
  here: Readonly<Record<string, AnyBody>> | undefined,
): Promise<void> {
  const { callback, task, mapIndex, attempt, error } = command;
  const event = {
    ...(task === undefined ? {} : { taskId: task }),
    ...(mapIndex === undefined ? {} : { mapIndex }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(error === undefined ? {} : { error }),
  };
  try {
    const body = here?.[callback];
    if (body !== undefined) {
      const context = contextHere({
        run,
        task: task ?? run.dagId,
        attempt: attempt ?? 1,
        mapIndex: mapIndex ?? -1,
      });
      await body(event as never, context as never);
      return;
    }
    const calls = proxyActivities<Calls>({
      startToCloseTimeout: '10 minutes',
      heartbeatTimeout: '30 seconds',
      retry: { maximumAttempts: 5 },
      summary: callback,
    });
    await calls[callback]?.({ run, event });
  } catch (thrown) {
    log.warn(`callback ${callback} failed: ${messageOf(thrown)}`);
  }
}
