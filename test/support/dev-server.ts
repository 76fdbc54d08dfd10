/** Owns Temporal's development server for tests that need what the time-skipping one has not. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { findTemporal } from '../../src/local/programs/find-temporal.js';

/** Handed on without waiting: by itself it takes some twenty tasks a second. */
const UNTHROTTLED = { 'history.transferProcessorMaxPollRPS': 1000 };

/** A server of its own, in memory, in real time; `settings` are its dynamic configuration. */
export async function startDevServer(
  settings: Readonly<Record<string, number>> = {},
): Promise<TestWorkflowEnvironment> {
  const path = await findTemporal(() => undefined);
  const extraArgs = Object.entries({ ...UNTHROTTLED, ...settings }).flatMap(([name, value]) => [
    '--dynamic-config-value',
    `${name}=${value}`,
  ]);
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      log: { format: 'pretty', level: 'error' },
      extraArgs,
    },
  });
}
