/** Owns what the package offers to TypeScript users. */
export * from './authoring.js';
export { createTableActivities } from '../activities/table/create-table-activities.js';
export type { ActivityPorts } from '../activities/table/activity-ports.js';
