/** Owns how fast one process calls DynamoDB's control plane, so that a burst is not refused. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Calls of one operation that go out at once: DynamoDB was seen to refuse from 13 on. */
const BURST = 10;
/** From one call of an operation to the next, once that many are out. */
const INTERVAL_MS = 100;

/** Those that the service throttles by some dozen; reads and writes of items it does not. */
const PACED: ReadonlySet<string> = new Set([
  'DescribeTableCommand',
  'DescribeContinuousBackupsCommand',
  'UpdateContinuousBackupsCommand',
  'ExportTableToPointInTimeCommand',
  'DescribeExportCommand',
  'ListExportsCommand',
]);

/** Lets the control plane's calls of `client` wait for one another, the SDK's own repetitions among them. */
export function paceCalls(client: DynamoDBClient): void {
  const paces = new Map<string, () => number>();
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (call) => {
        if (PACED.has(commandName)) {
          const pace = paces.get(commandName) ?? newPace();
          paces.set(commandName, pace);
          const waitMs = pace();
          if (waitMs > 0) await delay(waitMs);
        }
        return next(call);
      },
    // Within the SDK's retries.
    { step: 'finalizeRequest', priority: 'low', name: 'paceCalls' },
  );
}

/** Each call of it takes the next place, and tells how many milliseconds to wait for that. */
function newPace(): () => number {
  // When the place after all that were taken would come, were none of them ahead of their time.
  let nextMs = 0;
  return () => {
    const nowMs = performance.now();
    nextMs = Math.max(nextMs, nowMs);
    const waitMs = Math.max(0, nextMs - nowMs - (BURST - 1) * INTERVAL_MS);
    nextMs += INTERVAL_MS;
    return waitMs;
  };
}
