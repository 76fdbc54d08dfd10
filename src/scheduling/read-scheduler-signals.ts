/** Owns telling a signal to a scheduler from what is none: an error there would stop the DAG. */
import { parseInstant } from '../core/instant.js';
import type { RunChange } from './dag-run-input.js';
import type { DeployedDag } from './dag-scheduler-input.js';

const STATUSES: readonly unknown[] = [
  'created',
  'running',
  'success',
  'failed',
  'cancelled',
] satisfies readonly RunChange['status'][];

/** The deploy of DAG `dagId` that a signal brought; undefined when it is none. */
export function readDeployedDag(dagId: string, value: unknown): DeployedDag | undefined {
  const { graph, graphHash, defaultParams, at } = fieldsOf(value);
  const { id, schedule, tasks, maxActiveRuns } = fieldsOf(graph);
  const isWhole =
    id === dagId &&
    typeof graphHash === 'string' &&
    defaultParams !== undefined &&
    typeof at === 'string' &&
    parseInstant(at) === at &&
    typeof schedule === 'object' &&
    Array.isArray(tasks) &&
    Number.isInteger(maxActiveRuns);
  return isWhole ? (value as DeployedDag) : undefined;
}

/** The word of a run that a signal brought; undefined when it is none. */
export function readRunChange(value: unknown): RunChange | undefined {
  const { runId, status, atMs, past, failed } = fieldsOf(value);
  const isWhole =
    typeof runId === 'string' &&
    STATUSES.includes(status) &&
    Number.isFinite(atMs) &&
    typeof past === 'object' &&
    past !== null &&
    Array.isArray(failed);
  return isWhole ? (value as RunChange) : undefined;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
