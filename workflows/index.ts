/** Owns the workflow bundle's entry: every name exported here is a workflow type, permanent once released. */
export { dagAssetBoard } from './dag-asset-board.js';
export { dagPool } from './dag-pool.js';
export { dagRun } from './dag-run.js';
export { dagScheduler } from './dag-scheduler.js';
export { dagShard } from './dag-shard.js';
export { tableSync } from './table-sync.js';
