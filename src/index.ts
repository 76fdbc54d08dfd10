/** Owns what the package offers to TypeScript users. */
export { defineConfig, type TableConfig, type TidemarkConfig } from './config/tidemark-config.js';
export { TidemarkError, ErrorCode } from './core/errors.js';
export type { ExportWindow } from './core/export-window.js';
export type { Instant } from './core/instant.js';
export { withLake, type OpenLake } from './open-lake.js';
export type { QueryResult } from './processing/lake-query.js';
export {
  DEFAULT_TASK_QUEUE,
  STATUS_QUERY,
  SyncSignal,
  TABLE_SYNC_WORKFLOW,
  workflowIdOf,
  type TableSyncInput,
} from './sync/table-sync-input.js';
export type { TableSyncStatus } from './sync/table-sync-status.js';
export { createTableActivities } from '../activities/table/create-table-activities.js';
export type { ActivityPorts } from '../activities/table/activity-ports.js';
export * from './dag/index.js';
