/** Owns recording a history to replay: a life with every turn in it. Run: `npm run record-history`. */
import { workflowIdOf } from '../../src/sync/table-sync-input.js';
import { statusQuery, tableSync } from '../../workflows/table-sync.js';
import { makeTable } from '../support/local-aws.js';
import { ModelledTable } from '../support/modelled-table.js';
import { REGION, startSyncWorld, stopSync, syncInput, TASK_QUEUE } from '../support/sync-world.js';
import { saveHistory } from './save-history.js';

const TABLE = 'orders';

const world = await startSyncWorld();
try {
  await makeTable(world.dynamo.client, TABLE, { pitr: false });
  const model = new ModelledTable(world.dynamo, TABLE, 1);
  for (let i = 1n; i <= 50n; i++) await model.writeAt(world.dynamo.clock.nowMicros() + i);
  await world.withWorker(async () => {
    const handle = await world.env.client.workflow.start(tableSync, {
      workflowId: workflowIdOf(REGION, TABLE),
      taskQueue: TASK_QUEUE,
      // A bucket that is made only later parks it; tiny batches make a load of several.
      args: [syncInput({ tableName: TABLE, exportBucket: 'made-later', batchBytes: 200 })],
    });
    await world.env.sleep('1 hour');
    world.dynamo.buckets.create('made-later');
    await handle.signal('resume');
    await world.env.sleep('90 minutes');
    await handle.signal('pause');
    await world.env.sleep('2 hours');
    await handle.signal('resume');
    await world.env.sleep('30 minutes');
    await handle.signal('resync');
    await world.env.sleep('1 hour');
    const { totals } = await handle.query(statusQuery);
    await stopSync(handle);
    await saveHistory('table-sync-0.1.0', handle);
    process.stdout.write(`${JSON.stringify(totals)}\n`);
  });
} finally {
  await world.close();
}
