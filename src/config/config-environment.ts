/** Owns which environment variable sets which field. */
import type { TidemarkConfig } from './tidemark-config.js';
import { checkConfig } from './config-problems.js';

/** Field by variable. Temporal's own variables and AWS's are read by their own libraries. */
export const CONFIG_VARIABLES: Readonly<Record<string, string>> = {
  TIDEMARK_REGION: 'region',
  TIDEMARK_BUCKET: 'bucket',
  TIDEMARK_EXPORT_BUCKET: 'exportBucket',
  TIDEMARK_LAKE_BUCKET: 'lakeBucket',
  TIDEMARK_EXPORT_PREFIX: 'exportPrefix',
  TIDEMARK_LAKE_PREFIX: 'lakePrefix',
  TIDEMARK_CATALOG_URI: 'catalog.uri',
  TIDEMARK_CATALOG_WAREHOUSE: 'catalog.warehouse',
  TIDEMARK_CATALOG_NAMESPACE: 'catalog.namespace',
  TIDEMARK_WINDOW: 'window',
  TIDEMARK_VIEW: 'view',
  TIDEMARK_POLL_INTERVAL: 'pollInterval',
  TIDEMARK_BATCH_MEGABYTES: 'batch.megabytes',
  TIDEMARK_BATCH_CONCURRENCY: 'batch.concurrency',
  TIDEMARK_MIN_WINDOW: 'limits.minWindow',
  TIDEMARK_MAX_WINDOW: 'limits.maxWindow',
  TIDEMARK_RECOVERY_PERIOD: 'limits.recoveryPeriod',
  TIDEMARK_TASK_QUEUE: 'temporal.taskQueue',
  TIDEMARK_TEMPORAL_WEB: 'temporal.webUrl',
  /** Several are parted by commas. */
  TIDEMARK_DAGS: 'dags',
  TIDEMARK_RESULTS: 'results',
};

const NUMERIC = new Set(['batch.megabytes', 'batch.concurrency']);

/** The process's variables, or some that stand for them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment sets; InvalidConfig names the variable that cannot be used. */
export function configFromEnvironment(environment: Environment): TidemarkConfig {
  const entries = Object.entries(CONFIG_VARIABLES).flatMap(([variable, path]) => {
    const value = environment[variable];
    return value === undefined || value === '' ? [] : [[path, value] as const];
  });
  return checkConfig(nested(entries), {
    name: 'the environment',
    fieldName: (path) =>
      Object.entries(CONFIG_VARIABLES).find(([, field]) => field === path)?.[0] ?? path,
  });
}

function nested(entries: readonly (readonly [string, string])[]): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [path, text] of entries) {
    const [outer = '', inner] = path.split('.');
    const value = valueOf(path, text);
    if (inner === undefined) root[outer] = value;
    else root[outer] = { ...(root[outer] as object | undefined), [inner]: value };
  }
  return root;
}

function valueOf(path: string, text: string): unknown {
  if (NUMERIC.has(path) && /^\d+$/.test(text)) return Number(text);
  if (path !== 'dags' || !text.includes(',')) return text;
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
