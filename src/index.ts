/** Owns what the package offers to TypeScript users. */
export * from './authoring.js';
export { createBodyActivities, type DagPorts } from '../activities/dag/body-activities.js';
export { keptResults, type KeptResults } from '../activities/dag/kept-results.js';
export { createTableActivities } from '../activities/table/create-table-activities.js';
export type { ActivityPorts } from '../activities/table/activity-ports.js';
