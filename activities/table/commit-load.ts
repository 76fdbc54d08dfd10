/** Owns making a load visible. */
import type { ActivityPorts } from './activity-ports.js';
import { beating } from './beating.js';
import type { LoadReceipt } from './load-order.js';
import { lakeTableOf, openOrderedExport } from './ordered-export.js';
import type { TableActivities } from './table-activities.js';

/** The commit itself is atomic and says so when it was done before. */
export function commitLoad(ports: ActivityPorts): TableActivities['commitLoad'] {
  return (order, batches) =>
    beating(
      () => 'committing',
      async (): Promise<LoadReceipt> => {
        const { load } = await openOrderedExport(ports, order);
        const committedAt = ports.now();
        const result = await lakeTableOf(ports, order).commit(load, batches, committedAt);
        const { counts, outcome, watermark, sizeBytes = 0 } = result;
        const rows =
          counts === undefined ? 0 : Object.values(counts).reduce((sum, count) => sum + count, 0);
        return {
          outcome,
          watermark,
          rows,
          tombstones: counts?.delete ?? 0,
          sizeBytes,
          committedAt,
        };
      },
    );
}
