/** Owns the first look at a finished export: is it whole, and how many batches will it take. */
import type { ActivityPorts } from './activity-ports.js';
import { beating } from './beating.js';
import { openOrderedExport } from './ordered-export.js';
import type { TableActivities } from './table-activities.js';

/** The files themselves stay out of the history: every later step reads the manifest again. */
export function planLoad(ports: ActivityPorts): TableActivities['planLoad'] {
  return (order) =>
    beating(
      () => 'reading manifests',
      async () => {
        const { batches, verified } = await openOrderedExport(ports, order);
        return {
          batches: batches.length,
          files: verified.files.length,
          itemCount: verified.manifest.itemCount,
        };
      },
    );
}
