/** Owns handing an alert to whoever the worker's configuration names. */
import type { ActivityPorts } from './activity-ports.js';
import type { TableActivities } from './table-activities.js';

/** A worker that knows nobody to tell has told them all. */
export function sendAlert(ports: ActivityPorts): TableActivities['sendAlert'] {
  return async (alert) => {
    await ports.alerted?.(alert);
  };
}
