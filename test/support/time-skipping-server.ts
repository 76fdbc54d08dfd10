/** Owns the time-skipping Temporal test server for tests. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { findTimeSkippingServer } from '../../src/local/programs/find-time-skipping-server.js';

const ATTEMPTS = 4;

/**
 * A server of its own for one test file; call `teardown()` at its end.
 *
 * Time leaps only while a client of this environment awaits a workflow's result or `env.sleep`.
 * When that workflow ends, time may leap on to the next timer of any kind, the ten-year timeout of
 * a finished run among them: compare times within one workflow, not across two.
 *
 * The first start on a machine fetches the server; let it take a minute.
 */
export async function startTimeSkippingServer(): Promise<TestWorkflowEnvironment> {
  const lines: string[] = [];
  const path = await findTimeSkippingServer((line) => lines.push(line));
  for (let attempt = 1; ; attempt++) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({
        server: { executable: { type: 'existing-path', path } },
      });
    } catch (error) {
      // The SDK gives the server five seconds, too few for Java on a busy machine.
      if (attempt === ATTEMPTS) throw error;
    }
  }
}
