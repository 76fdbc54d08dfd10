/** Owns what a DAG file is written with: all of the package that loads at once. */
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
export * from './dag/index.js';
