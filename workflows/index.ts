/** Owns the workflow bundle's entry: every name exported here is a workflow type, permanent once released. */
export { tableSync } from './table-sync.js';
