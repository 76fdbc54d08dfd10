/** Owns the table's sync on the time-skipping server, with the real activities and local AWS. */
import { DeleteTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import type { TableSyncInput } from '../../src/sync/table-sync-input.js';
import type { TableSyncStatus } from '../../src/sync/table-sync-status.js';
import type { tableSync } from '../../workflows/table-sync.js';
import { makeTable, switchPitr } from '../support/local-aws.js';
import { ModelledTable, lakeItems } from '../support/modelled-table.js';
import {
  BUCKET,
  REGION,
  startSync,
  startSyncWorld,
  stopSync,
  type SyncWorld,
} from '../support/sync-world.js';

type Handle = WorkflowHandle<typeof tableSync>;

let world: SyncWorld;
/** Names of the activities that ran, in order. */
const calls: string[] = [];

// A server a test: whatever one does to its clock, the next begins today.
beforeEach(async () => {
  world = await startSyncWorld({
    call: (name) => {
      calls.push(name);
      return Promise.resolve();
    },
  });
}, 600_000);
afterEach(async () => {
  await world.close();
});

async function start(tableName: string, overrides: Partial<TableSyncInput> = {}): Promise<Handle> {
  return startSync(world.env, { tableName, ...overrides });
}

const statusOf = (handle: Handle): Promise<TableSyncStatus> => handle.query('status');

async function put(tableName: string, key: string): Promise<void> {
  const Item = { pk: { S: key }, n: { N: '1' } };
  await world.dynamo.client.send(new PutItemCommand({ TableName: tableName, Item }));
}

const exportsAsked = (): number => calls.filter((name) => name === 'requestExport').length;

describe('the life of a table', () => {
  test('PITR on, full export at a boundary, then a window after another', async () => {
    await makeTable(world.dynamo.client, 'life', { pitr: false });
    await put('life', 'a');
    await world.withWorker(async () => {
      const handle = await start('life');
      await world.env.sleep('2 hours');
      const status = await statusOf(handle);
      expect(status.phase).toMatch(/following|exporting|loading/);
      expect(status.totals.windows).toBeGreaterThanOrEqual(5);
      expect(status.watermark).toMatch(/T\d\d:(00|15|30|45):00Z$/);
      const [newest, previous] = status.recentLoads;
      expect(newest?.from).toBe(previous?.to);
      await stopSync(handle);
    });
  });

  test('a commit may take as long as an index of all keys takes, and is missed in seconds', async () => {
    await makeTable(world.dynamo.client, 'large');
    await world.withWorker(async () => {
      const handle = await start('large');
      await world.env.sleep('30 minutes');
      await stopSync(handle);
      const scheduled = ((await handle.fetchHistory()).events ?? []).flatMap(
        ({ activityTaskScheduledEventAttributes: attributes }) =>
          attributes?.activityType?.name === 'commitLoad' ? [attributes] : [],
      );
      expect(scheduled).not.toEqual([]);
      for (const { startToCloseTimeout, heartbeatTimeout } of scheduled) {
        expect(Number(startToCloseTimeout?.seconds)).toBeGreaterThanOrEqual(30 * 24 * 3600);
        expect(Number(heartbeatTimeout?.seconds)).toBeLessThanOrEqual(60);
      }
    });
  });

  test('starting it twice is one workflow', async () => {
    await makeTable(world.dynamo.client, 'twice');
    await world.withWorker(async () => {
      const handle = await start('twice');
      await expect(start('twice')).rejects.toThrow(WorkflowExecutionAlreadyStartedError);
      await stopSync(handle);
    });
  });

  test('stopped and started again it goes on from the watermark, without a new full load', async () => {
    await makeTable(world.dynamo.client, 'again');
    await world.withWorker(async () => {
      const first = await start('again');
      await world.env.sleep('70 minutes');
      await stopSync(first);
      const { watermark } = await statusOf(first);
      const second = await start('again');
      await world.env.sleep('1 hour');
      const status = await statusOf(second);
      expect(status.totals.fullLoads).toBe(0);
      expect(status.recentLoads.at(-1)?.from).toBe(watermark);
      await stopSync(second);
    });
  });
});

describe('signals', () => {
  test('a paused table asks for no export; a resumed one catches up with one wide window', async () => {
    await makeTable(world.dynamo.client, 'pausing');
    await world.withWorker(async () => {
      const handle = await start('pausing');
      await world.env.sleep('1 hour');
      await handle.signal('pause');
      await world.env.sleep('30 minutes');
      const before = await statusOf(handle);
      expect(before.phase).toBe('paused');
      const asked = exportsAsked();
      await world.env.sleep('5 hours');
      expect(exportsAsked()).toBe(asked);
      expect((await statusOf(handle)).watermark).toBe(before.watermark);
      await handle.signal('resume');
      // Wide windows are looked at more seldom, and narrow ones may follow by then.
      await world.env.sleep('30 minutes');
      const { recentLoads } = await statusOf(handle);
      const wide = recentLoads.find(({ from }) => from === before.watermark);
      const hours = (Date.parse(wide!.to) - Date.parse(wide!.from!)) / 3_600_000;
      expect(hours).toBeGreaterThanOrEqual(5);
      await stopSync(handle);
    });
  });

  test('a resync lays a new base and follows from there', async () => {
    await makeTable(world.dynamo.client, 'resyncing');
    await world.withWorker(async () => {
      const handle = await start('resyncing');
      await world.env.sleep('1 hour');
      await handle.signal('resync');
      await world.env.sleep('1 hour');
      const status = await statusOf(handle);
      expect(status.totals.fullLoads).toBe(2);
      expect(status.epoch).toBe(2);
      expect(status.recentLoads.map((load) => load.kind)).toContain('full');
      await stopSync(handle);
    });
  });

  test('a resync overrules the window in hand', async () => {
    await makeTable(world.dynamo.client, 'overruling');
    await world.withWorker(async () => {
      const handle = await start('overruling');
      await world.env.sleep('1 hour');
      while ((await statusOf(handle)).phase !== 'exporting') await world.env.sleep('1 minute');
      await handle.signal('resync');
      await world.env.sleep('1 minute');
      expect((await statusOf(handle)).phase).toBe('waiting');
      await world.env.sleep('1 hour');
      expect((await statusOf(handle)).totals.fullLoads).toBe(2);
      await stopSync(handle);
    });
  });

  test('stop in the middle of an export ends at once', async () => {
    await makeTable(world.dynamo.client, 'stopping');
    await world.withWorker(async () => {
      const handle = await start('stopping');
      for (;;) {
        if ((await statusOf(handle)).phase === 'exporting') break;
        await world.env.sleep('1 minute');
      }
      await stopSync(handle);
      expect((await handle.describe()).status.name).toBe('COMPLETED');
    });
  });
});

describe('what goes wrong', () => {
  test('a missing bucket parks with the reason; resume after mending goes on', async () => {
    await makeTable(world.dynamo.client, 'parking');
    await put('parking', 'a');
    await world.withWorker(async () => {
      const handle = await start('parking', { exportBucket: 'not-made-yet' });
      await world.env.sleep('1 hour');
      const status = await statusOf(handle);
      // It may be looking by itself just now, which takes a new full export here.
      const parked = status.parked ?? status.probing;
      expect(parked?.message).toMatch(/S3NoSuchBucket/);
      expect(parked?.hint).toMatch(/not-made-yet/);
      world.dynamo.buckets.create('not-made-yet');
      await handle.signal('resume');
      await world.env.sleep('1 hour');
      const mended = await statusOf(handle);
      expect(mended.parked).toBeUndefined();
      expect(mended.totals.fullLoads).toBe(1);
      await stopSync(handle);
    });
  });

  test('a window that parked is exported anew after a resume, not answered with its dead export', async () => {
    const buckets = world.dynamo.buckets;
    buckets.create('comes-and-goes');
    await makeTable(world.dynamo.client, 'reviving');
    await world.withWorker(async () => {
      const handle = await start('reviving', { exportBucket: 'comes-and-goes' });
      await world.env.sleep('1 hour');
      buckets.remove('comes-and-goes');
      for (let minutes = 0; (await statusOf(handle)).phase !== 'parked'; minutes++) {
        expect(minutes).toBeLessThan(60);
        await world.env.sleep('1 minute');
      }
      const { watermark } = await statusOf(handle);
      buckets.create('comes-and-goes');
      await handle.signal('resume');
      await world.env.sleep('8 minutes');
      const [load] = (await statusOf(handle)).recentLoads;
      expect(load?.from).toBe(watermark);
      await stopSync(handle);
    });
  });

  test('an unknown table parks and names it', async () => {
    await world.withWorker(async () => {
      const handle = await start('no-such-table');
      await world.env.sleep('1 minute');
      const status = await statusOf(handle);
      expect(status.parked).toMatchObject({ code: 'TableNotFound' });
      expect(status.parked?.message).toMatch(/no-such-table/);
      await stopSync(handle);
    });
  });

  test('choices that no load can keep to park before an export is paid for', async () => {
    await makeTable(world.dynamo.client, 'choosy');
    await world.withWorker(async () => {
      for (const tableOptions of [{ omit: ['pk'] }, { hash: ['email'] }]) {
        const handle = await start('choosy', { lakeFormat: 'iceberg', tableOptions });
        await world.env.sleep('1 hour');
        const { parked, phase } = await statusOf(handle);
        expect(phase).toBe('parked');
        expect(parked).toMatchObject({ code: 'InvalidConfig' });
        await stopSync(handle);
      }
      const objects: string[] = [];
      for await (const { key } of world.dynamo.buckets.open(BUCKET).list('')) objects.push(key);
      expect(objects).toEqual([]);
    });
  });

  test('a key that outgrows its pin parks, and asks for no full export after another', async () => {
    await makeTable(world.dynamo.client, 'pinned');
    await world.withWorker(async () => {
      await put('pinned', 'a');
      const asked = exportsAsked();
      const handle = await start('pinned', {
        lakeFormat: 'iceberg',
        tableOptions: { columns: { pk: 'long' } },
      });
      await world.env.sleep('3 hours');
      const { parked, phase, totals } = await statusOf(handle);
      expect(phase).toBe('parked');
      expect(parked).toMatchObject({
        code: 'InvalidConfig',
        message: expect.stringContaining('Key attribute "pk" of pinned is pinned to long'),
      });
      expect(totals.fullLoads).toBe(0);
      expect(exportsAsked()).toBe(asked + 1);
      await stopSync(handle);
    });
  });

  test('recovery switched off and on leads to a resync by itself', async () => {
    await makeTable(world.dynamo.client, 'switched');
    await world.withWorker(async () => {
      const handle = await start('switched');
      await world.env.sleep('1 hour');
      await world.catchUp();
      await switchPitr(world.dynamo.client, 'switched', false);
      await switchPitr(world.dynamo.client, 'switched', true);
      await world.env.sleep('2 hours');
      const status = await statusOf(handle);
      expect(status.parked).toBeUndefined();
      expect(status.totals.fullLoads).toBe(2);
      await stopSync(handle);
    });
  });

  test('a table made anew under the same name is loaded anew', async () => {
    await makeTable(world.dynamo.client, 'remade');
    await put('remade', 'old');
    const model = new ModelledTable(world.dynamo, 'remade', 1);
    await world.withWorker(async () => {
      const handle = await start('remade');
      await world.env.sleep('1 hour');
      await world.catchUp();
      await world.dynamo.client.send(new DeleteTableCommand({ TableName: 'remade' }));
      await makeTableAgain('remade');
      await model.writeAt(world.dynamo.clock.nowMicros() + 1n);
      await world.env.sleep('2 hours');
      const status = await statusOf(handle);
      expect(status.totals.fullLoads).toBe(2);
      const lake = world.ports.objectStore(REGION, BUCKET);
      expect(await lakeItems(lake, 'remade')).toEqual(model.stateAt(status.watermark!));
      await stopSync(handle);
    });
  });
});

async function makeTableAgain(tableName: string): Promise<void> {
  for (;;) {
    try {
      await makeTable(world.dynamo.client, tableName);
      return;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ResourceInUseException') throw error;
    }
  }
}
