/** Owns handing an alert to whoever the worker's configuration names. */
import { Context } from '@temporalio/activity';
import { messageOf, TidemarkError } from '../../src/core/errors.js';
import type { ActivityPorts } from './activity-ports.js';
import type { TableActivities } from './table-activities.js';

/**
 * A worker that knows nobody to tell has told them all. Who was told, or will never take it, is not told
 * again while others are tried anew.
 */
export function sendAlert(ports: ActivityPorts): TableActivities['sendAlert'] {
  return async (alert) => {
    const context = Context.current();
    const done = new Set((context.info.heartbeatDetails as readonly string[] | undefined) ?? []);
    const left = Object.entries(ports.alerted ?? {}).filter(([name]) => !done.has(name));
    const failures: Error[] = [];
    await Promise.all(
      left.map(async ([name, tell]) => {
        try {
          await tell(alert);
        } catch (error) {
          failures.push(error instanceof Error ? error : new Error(messageOf(error)));
          if (isRetryable(error)) return;
        }
        done.add(name);
        context.heartbeat([...done]);
      }),
    );
    const failure = failures.find(isRetryable) ?? failures[0];
    if (failure !== undefined) throw failure;
  };
}

function isRetryable(error: unknown): boolean {
  return !(error instanceof TidemarkError) || error.retryable;
}
