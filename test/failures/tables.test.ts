/** Owns what befalls a table: it is noticed before a wrong window is taken, and answered as the user chose. */
import {
  PutItemCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { expect, test } from '@jest/globals';
import type { Alert } from '../../src/sync/alerts.js';
import { switchPitr } from '../support/local-aws.js';
import { lakeItems } from '../support/modelled-table.js';
import { SyncStory, TABLE } from '../support/sync-story.js';
import { BUCKET } from '../support/sync-world.js';

async function expectResync(befall: (sync: SyncStory) => Promise<void>): Promise<void> {
  await SyncStory.tell(async (sync) => {
    await sync.follow();
    await befall(sync);
    await sync.write();
    await sync.until(({ totals }) => totals.fullLoads === 2);
    await sync.windows(1);
    await sync.stop();
    await sync.expectWhole();
  });
}

test('recovery is switched off', () =>
  expectResync(({ world }) => switchPitr(world.dynamo.client, TABLE, false)));

test('recovery is switched off and on', () =>
  expectResync(async ({ world }) => {
    await switchPitr(world.dynamo.client, TABLE, false);
    await switchPitr(world.dynamo.client, TABLE, true);
  }));

test('another table has the name', () => expectResync((sync) => sync.replaceTable()));

test('the table is restored from a backup', () =>
  expectResync(async (sync) => {
    const { client } = sync.world.dynamo;
    const { Items = [] } = await client.send(new ScanCommand({ TableName: TABLE }));
    await sync.replaceTable();
    for (const Item of Items) {
      await client.send(new PutItemCommand({ TableName: TABLE, Item }));
      sync.model.restore(Item as never);
    }
  }));

test('the table has other keys', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow();
    await sync.replaceTable('id');
    const Item = { id: { S: 'a' }, pk: { N: '1' } };
    await sync.world.dynamo.client.send(new PutItemCommand({ TableName: TABLE, Item }));
    await sync.until(({ totals }) => totals.fullLoads === 2);
    await sync.windows(1);
    await sync.stop();
    const store = sync.world.dynamo.buckets.open(BUCKET);
    const items = await lakeItems(store, TABLE);
    expect(items).toEqual([Item]);
  }));

test('another table has the name, and the user chose to park', () =>
  SyncStory.tell(async (sync) => {
    const { watermark } = await sync.follow({ answers: { onTableReplaced: 'park' } });
    await sync.replaceTable();
    await sync.world.dynamo.client.send(
      new UpdateContinuousBackupsCommand({
        TableName: TABLE,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
      }),
    );
    const status = await sync.until(({ phase }) => phase === 'parked');
    expect(status.parked).toMatchObject({
      code: 'TableReplaced',
      hint: expect.stringContaining('resync'),
    });
    expect(Date.parse(status.watermark!)).toBeGreaterThanOrEqual(Date.parse(watermark!));
    expect(await sync.world.ports.tableExports('').describePitr(TABLE)).toEqual({ enabled: false });
    await sync.write();
    await sync.signal('resync');
    await sync.until(({ totals }) => totals.fullLoads === 2);
    await sync.windows(1);
    await sync.stop();
    await sync.expectWhole();
  }));

test('recovery is switched off, and the user chose to end', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow({ answers: { onRecoveryOff: 'end' } });
    await switchPitr(sync.world.dynamo.client, TABLE, false);
    const { ended } = await sync.until(({ phase }) => phase === 'stopped');
    expect(ended?.code).toBe('PitrUnavailable');
    expect((await sync.handle.describe()).status.name).toBe('COMPLETED');
    expect(await sync.world.ports.tableExports('').describePitr(TABLE)).toEqual({ enabled: false });
  }));

test('the table is deleted', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow();
    await sync.deleteTable();
    const { parked } = await sync.until((status) => (status.parked?.probes ?? 0) > 0);
    expect(parked).toMatchObject({ code: 'TableNotFound' });
    // Another one of its name is followed by itself.
    await sync.replaceTable('pk', { isDeleted: true });
    await sync.write();
    await sync.until(({ totals }) => totals.fullLoads === 2);
    await sync.stop();
    await sync.expectWhole();
  }));

test('the table is deleted, and the user chose to end', () =>
  SyncStory.tell(async (sync) => {
    const told: Alert[] = [];
    sync.hook.call = (name, [alert]) => {
      if (name === 'sendAlert') told.push(alert as Alert);
      return Promise.resolve();
    };
    const alerts = { lagSeconds: 86_400 };
    await sync.follow({ answers: { onTableDeleted: 'end' }, alerts });
    await sync.deleteTable();
    const { ended } = await sync.until(({ phase }) => phase === 'stopped');
    expect(ended).toMatchObject({ code: 'TableNotFound' });
    expect(told).toMatchObject([{ kind: 'ended', message: expect.stringContaining('orders') }]);
  }));
