/** Owns asking the lake where a table stands. */
import type { ActivityPorts } from './activity-ports.js';
import { beating } from './beating.js';
import { lakeTableOf } from './ordered-export.js';
import type { TableActivities } from './table-activities.js';

/** The lake's own record; null where nothing of the table is committed. */
export function readLake(ports: ActivityPorts): TableActivities['readLake'] {
  return (ref) =>
    beating(
      () => 'reading',
      async () => {
        const state = await lakeTableOf(ports, ref).readState();
        if (state === undefined) return null;
        const { watermark, baseExportTime, epoch, tableId, takenAt } = state;
        return {
          watermark,
          baseExportTime,
          epoch,
          tableId,
          ...(takenAt === undefined ? {} : { takenAt }),
        };
      },
    );
}
