/** Owns the audits of a table's sync on the time-skipping server, with the real activities and local AWS. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { addSeconds, instantOfMillis } from '../../src/core/instant.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import type { TableSyncInput } from '../../src/sync/table-sync-input.js';
import type { TableSyncStatus } from '../../src/sync/table-sync-status.js';
import type { tableSync } from '../../workflows/table-sync.js';
import { changeOf } from '../support/export-fixtures.js';
import { apply, loadOf } from '../support/lake-loads.js';
import { makeTable } from '../support/local-aws.js';
import {
  BUCKET,
  REGION,
  startSync,
  startSyncWorld,
  stopSync,
  type SyncWorld,
} from '../support/sync-world.js';

type Handle = WorkflowHandle<typeof tableSync>;

const DAY = 24 * 3600;

let world: SyncWorld;
const calls: string[] = [];

beforeEach(async () => {
  calls.length = 0;
  world = await startSyncWorld({
    call: (name) => {
      calls.push(name);
      return Promise.resolve();
    },
  });
}, 600_000);
afterEach(() => world.close());

async function start(overrides: Partial<TableSyncInput> = {}): Promise<Handle> {
  return startSync(world.env, { windowSeconds: 6 * 3600, ...overrides });
}

const statusOf = (handle: Handle): Promise<TableSyncStatus> => handle.query('status');

async function put(key: string): Promise<void> {
  const Item = { pk: { S: key }, n: { N: '1' } };
  await world.dynamo.client.send(new PutItemCommand({ TableName: 'orders', Item }));
}

async function keysUnder(prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of world.ports.objectStore(REGION, BUCKET).list(prefix)) keys.push(key);
  return keys;
}

test.each(['iceberg', 'parquet'] as const)(
  'a lake (%s) is audited when it is due, beside its windows, and nothing of it is left',
  async (lakeFormat) => {
    await makeTable(world.dynamo.client, 'orders');
    await put('a');
    await world.withWorker(async () => {
      const handle = await start({ lakeFormat, auditEverySeconds: DAY });
      await world.env.sleep('23 hours');
      expect((await statusOf(handle)).audit).toMatchObject({ dueAt: expect.any(String) });
      expect(calls).not.toContain('requestAuditExport');
      await put('b');
      await world.env.sleep('20 hours');
      const { audit, totals } = await statusOf(handle);
      expect(audit?.last).toMatchObject({ tableItems: 2, lakeRows: 2, differences: 0 });
      expect(audit?.inHand).toBeUndefined();
      expect(audit?.dueAt).toBe(addSeconds(audit!.last!.endedAt, DAY));
      expect(calls.filter((name) => name === 'compareExport')).toHaveLength(1);
      expect(totals.windows).toBeGreaterThanOrEqual(5);
      expect(await keysUnder('exports/orders/full/')).not.toEqual([]);
      expect(await keysUnder('exports/orders/verify/')).toEqual([]);
      await stopSync(handle);
    });
  },
);

test('a row that was changed behind its back is found; the sync goes on', async () => {
  await makeTable(world.dynamo.client, 'orders');
  await put('a');
  await world.withWorker(async () => {
    const handle = await start({ auditEverySeconds: DAY });
    await world.env.sleep('23 hours');
    const { watermark, epoch, table } = await statusOf(handle);
    const store = world.ports.objectStore(REGION, BUCKET);
    const lake = openLake({ store, lakePrefix: 'lake', format: 'iceberg' });
    // Nobody wrote to the table: this window has what is not so.
    const to = addSeconds(watermark!, 60);
    const scope = {
      kind: 'incremental',
      window: { from: watermark!, to },
      view: 'NEW_IMAGE',
    } as const;
    const forged = changeOf({ pk: { S: 'a' } }, { newImage: { pk: { S: 'a' }, n: { N: '2' } } });
    const more = { tableId: table!.tableId, epoch };
    await apply(lake.table('orders'), loadOf(scope, [[forged]], more));
    await world.env.sleep('20 hours');
    const { audit, phase, totals } = await statusOf(handle);
    expect(audit?.last).toMatchObject({ tableItems: 1, lakeRows: 1, differences: 1 });
    expect(phase).not.toBe('parked');
    expect(totals.windows).toBeGreaterThanOrEqual(5);
    await stopSync(handle);
  });
});

test('without a wish for audits there are none', async () => {
  await makeTable(world.dynamo.client, 'orders');
  await world.withWorker(async () => {
    const handle = await start();
    await world.env.sleep('60 hours');
    expect((await statusOf(handle)).audit).toBeUndefined();
    expect(calls).not.toContain('requestAuditExport');
    await stopSync(handle);
  });
});

test('an audit in hand outlives the run that began it, with one export', async () => {
  await makeTable(world.dynamo.client, 'orders');
  await put('a');
  await world.withWorker(async () => {
    const handle = await start({ auditEverySeconds: DAY });
    await world.env.sleep('23 hours');
    const carriedState = await statusOf(handle);
    await stopSync(handle);
    const watermark = carriedState.watermark!;
    const dueAt = instantOfMillis(await world.env.currentTimeMs());
    const audit = { dueAt, inHand: { watermark, run: 'of-another-run' } };
    const next = await start({
      auditEverySeconds: DAY,
      carriedState: { ...carriedState, phase: 'following', stopRequested: false, audit },
    });
    await world.env.sleep('12 hours');
    expect((await statusOf(next)).audit?.last).toMatchObject({ watermark, differences: 0 });
    expect(calls.filter((name) => name === 'requestAuditExport')).toHaveLength(1);
    await stopSync(next);
  });
});
