/** Owns that a mapped task of ten thousand items fits: in time, in histories, in a worker's memory. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RunMessage } from '../../src/scheduling/dag-names.js';
import type { DagRunSnapshot } from '../../src/scheduling/dag-run-input.js';
import {
  endWithin,
  eventsOf,
  startDagServer,
  viewOf,
  type DagServer,
} from '../support/dag-server.js';
import { KillableWorker } from '../support/kill-worker.js';
import { quietRuntime } from '../support/quiet-runtime.js';
import { WIDE } from '../support/wide-dags.js';

let server: DagServer;
let worker: KillableWorker;

beforeAll(async () => {
  quietRuntime();
  server = await startDagServer();
  worker = KillableWorker.start(server, { module: './wide-dags.js' });
  await worker.ready;
});
afterAll(async () => {
  await worker.kill();
  await server.stop();
});

describe('a mapped task', () => {
  test.each([
    ['2,000 local', WIDE[1], 2_000],
    ['10,000', WIDE[0], 10_000],
  ])(
    'of %s items ends with all of them, in order',
    async (name, wide, length) => {
      const startedMs = performance.now();
      const handle = await server.start(wide, 'run');
      expect(await endWithin(handle, 280_000)).toBe('COMPLETED');
      const seconds = (performance.now() - startedMs) / 1000;

      const { tasks } = await viewOf(handle);
      expect(tasks.map(({ state }) => state)).toEqual(['success', 'success', 'success']);
      expect(tasks[1]?.items).toMatchObject({ count: length, success: length });
      const { carried } = await handle.query<DagRunSnapshot>(RunMessage.snapshot);
      expect(carried.state.tasks.flat()[2]?.output).toEqual({
        value: { count: length, sum: length * (length - 1), isInOrder: true },
      });

      const executions = await eventsOf(server.access, handle.workflowId);
      const events = [...executions.values()].flat();
      for (const count of events) expect(count).toBeLessThan(10_000);
      process.stdout.write(
        `${name} items: ${executions.size - 1} shards, ${events.length} executions, ` +
          `${Math.max(...events)} events at most, ${events.reduce((sum, n) => sum + n, 0)} in all, ` +
          `${seconds.toFixed(1)} s, worker peak ${worker.peakMemoryMib()} MiB\n`,
      );
    },
    300_000,
  );
});
