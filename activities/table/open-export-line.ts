/** Owns making sure that a Region's line for exports is there. */
import { Context, getClient } from '@temporalio/activity';
import { exportLineOf, TURNS } from '../../src/scheduling/export-line.js';
import { resizePool } from '../../src/temporal/dag-pools.js';
import type { TableActivities } from './table-activities.js';

/** On the queue of the sync that asks: a worker that serves no DAGs serves it, too. */
export const openExportLine: TableActivities['openExportLine'] = async (region) => {
  const { taskQueue } = Context.current().info;
  await resizePool(getClient(), { pool: exportLineOf(region), slots: TURNS, taskQueue });
};
