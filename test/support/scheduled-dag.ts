/** Owns DAGs for tests of schedulers: one task, and what a worker would deploy. */
import type { Instant } from '../../src/core/instant.js';
import { graphHash, type Json } from '../../src/dag/graph.js';
import { dag, type Schedule } from '../../src/dag/index.js';
import type { DeployedDag } from '../../src/scheduling/dag-scheduler-input.js';

/** What differs from test to test. */
export interface ScheduledDag {
  readonly schedule: Schedule;
  readonly startDate?: string;
  readonly endDate?: string;
  readonly catchup?: boolean;
  readonly maxActiveRuns?: number;
  readonly dependsOnPast?: boolean;
  readonly params?: Json;
}

/** The DAG `reports`, as a worker deploys it at `at`. */
export function deployedAt(at: Instant, settings: ScheduledDag): DeployedDag {
  const { params = null, dependsOnPast = false, ...options } = settings;
  const { graph } = dag('reports', options, (d) => {
    d.task('copy', async () => 1, { dependsOnPast })();
  });
  return { graph, graphHash: graphHash(graph), defaultParams: params, at };
}
