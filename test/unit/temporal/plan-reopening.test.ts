/** Owns the check of what a run that has ended is started with to go on. */
import { describe, expect, test } from '@jest/globals';
import type { Instant } from '../../../src/core/instant.js';
import { dag, testDag, type RunOperation, type Script } from '../../../src/dag/index.js';
import { graphHash } from '../../../src/dag/graph.js';
import type { DagRunSnapshot } from '../../../src/scheduling/dag-run-input.js';
import { planReopening } from '../../../src/temporal/dag-runs.js';

const sample = dag('sample', {}, (d) => {
  const first = d.task('first', async () => 1)({});
  d.task('second', async () => 2)({}).after(first);
});

async function ended(outcomes: Readonly<Record<string, Script>> = {}): Promise<DagRunSnapshot> {
  const { state, elapsedMs } = await testDag(sample, { outcomes });
  const at = '2026-01-01T00:00:00Z' as Instant;
  return {
    graph: sample.graph,
    graphHash: graphHash(sample.graph),
    run: {
      dagId: 'sample',
      runId: 'r',
      dataInterval: { start: at, end: at },
      logicalDate: at,
      params: null,
      assetEvents: [],
    },
    runType: 'manual',
    carried: { state, timers: [], held: [], nowMs: Date.parse(at) + elapsedMs },
  };
}

test('what stands goes along, with the operation to begin with', async () => {
  const snapshot = await ended({ second: { fail: 'no' } });
  const operation: RunOperation = { type: 'retryFailed' };
  expect(planReopening(snapshot, operation)).toEqual({
    ...snapshot,
    carried: { ...snapshot.carried, operation },
  });
});

describe('what would change nothing is refused', () => {
  test.each<[RunOperation, string]>([
    [{ type: 'retryFailed' }, 'Run r has ended as success; no task of it failed.'],
    [{ type: 'cancel' }, 'Run r has ended as success; there is nothing to cancel.'],
  ])('%j', async (operation, says) => {
    const snapshot = await ended();
    expect(() => planReopening(snapshot, operation)).toThrow(says);
  });

  test('a task that is not there', async () => {
    const snapshot = await ended();
    expect(() => planReopening(snapshot, { type: 'clear', tasks: ['third'] })).toThrow('third');
  });
});
