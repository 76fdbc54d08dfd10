/** Owns recording the lives of tables whose exports follow freshness, quiet or money. Run: `npm run record-table-histories`. */
import type { TableSyncInput } from '../../src/sync/table-sync-input.js';
import { statusQuery } from '../../workflows/table-sync.js';
import { makeTable } from '../support/local-aws.js';
import { ModelledTable } from '../support/modelled-table.js';
import { startSync, startSyncWorld, stopSync, type SyncWorld } from '../support/sync-world.js';
import { saveHistory } from './save-history.js';

/** Of the code that is recorded. */
const VERSION = '0.2.0';
const TABLE = 'orders';

/** Several exports in flight, over a pause that leaves a backlog, a failed export, and a resync. */
await record('table-sync-fresh', { freshnessSeconds: 600, batchBytes: 200 }, async (life) => {
  await life.pass('1 hour');
  life.failsLeft = 1;
  await life.pass('1 hour');
  await life.signal('pause');
  await life.pass('4 hours');
  await life.signal('resume');
  await life.pass('1 hour');
  await life.signal('resync');
  await life.pass('1 hour');
});

/** Windows that widen while the table is quiet, narrow when it is busy, and are paced by money. */
await record(
  'table-sync-adaptive',
  { adaptive: true, budgetMicros: 1_500_000, actionsAreBilled: true },
  async (life) => {
    await life.pass('1 hour');
    await life.pass('8 hours');
    for (let i = 0; i < 8; i++) {
      await life.write();
      await life.pass('20 minutes');
    }
    await life.pass('6 hours');
  },
);

interface Life {
  /** Exports that are yet to end FAILED. */
  failsLeft: number;
  pass(time: string): Promise<void>;
  write(): Promise<void>;
  signal(name: string): Promise<void>;
}

async function record(
  name: string,
  overrides: Partial<TableSyncInput>,
  live: (life: Life) => Promise<void>,
): Promise<void> {
  let life: Life | undefined;
  const world = await startSyncWorld(
    {},
    {
      failExport: () => {
        if (life === undefined || life.failsLeft === 0) return undefined;
        life.failsLeft -= 1;
        return { failureCode: 'UNKNOWN', failureMessage: 'Internal server error' };
      },
    },
  );
  try {
    await makeTable(world.dynamo.client, TABLE, { pitr: false });
    const model = new ModelledTable(world.dynamo, TABLE, 1);
    await write(world, model);
    await world.withWorker(async () => {
      const handle = await startSync(world.env, { tableName: TABLE, ...overrides });
      life = {
        failsLeft: 0,
        pass: (time) => world.env.sleep(time),
        write: () => write(world, model),
        signal: (signal) => handle.signal(signal),
      };
      await live(life);
      const { totals } = await handle.query(statusQuery);
      await stopSync(handle);
      await saveHistory(`${name}-${VERSION}`, handle);
      process.stdout.write(`${JSON.stringify(totals)}\n`);
    });
  } finally {
    await world.close();
  }
}

async function write(world: SyncWorld, model: ModelledTable): Promise<void> {
  await world.catchUp();
  const now = world.dynamo.clock.nowMicros();
  for (let i = 1n; i <= 20n; i++) await model.writeAt(now + i);
}
