/** Owns the check of a sync whose lake has a REST catalog: PyIceberg's own client of it reads what it did. */
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import { restCatalogs } from '../../src/processing/open-rest-catalog.js';
import { workflowIdOf } from '../../src/sync/table-sync-input.js';
import type { TableSyncStatus } from '../../src/sync/table-sync-status.js';
import { tableSync } from '../../workflows/table-sync.js';
import { startReaders, type Readers } from '../support/iceberg-readers.js';
import { makeTable } from '../support/local-aws.js';
import { lakeItems } from '../support/modelled-table.js';
import { startRestCatalogServer, type RestCatalogServer } from '../support/rest-catalog-server.js';
import {
  BUCKET,
  REGION,
  startSyncWorld,
  stopSync,
  syncInput,
  TASK_QUEUE,
  type SyncWorld,
} from '../support/sync-world.js';

let world: SyncWorld;
let server: RestCatalogServer;
let readers: Readers;
beforeAll(async () => {
  [world, server, readers] = await Promise.all([
    startSyncWorld(),
    startRestCatalogServer(),
    startReaders(),
  ]);
  // The server writes metadata itself, so the lake must lie where it can reach it.
  const lake = join(server.directory, 'lake-bucket');
  world.dynamo.buckets.create(BUCKET, createFileObjectStore({ directory: lake }));
}, 600_000);
afterAll(async () => {
  await world.close();
  await server.stop();
  await readers.close();
});

test('a full load and windows with deletes, by the catalog that the input names', async () => {
  const { client } = world.dynamo;
  const key = (text: string): { pk: { S: string } } => ({ pk: { S: text } });
  const put = async (text: string, n: string): Promise<void> => {
    const Item = { ...key(text), n: { N: n } };
    await client.send(new PutItemCommand({ TableName: 'orders', Item }));
  };
  await makeTable(client, 'orders');
  for (const [at, text] of ['a', 'b', 'c'].entries()) await put(text, String(at));
  const catalog = { uri: server.uri, namespace: 'lake.raw' };
  let status: TableSyncStatus | undefined;
  await world.withWorker(async () => {
    const handle = await world.env.client.workflow.start(tableSync, {
      workflowId: workflowIdOf(REGION, 'orders'),
      taskQueue: TASK_QUEUE,
      args: [syncInput({ catalog })],
    });
    await world.env.sleep('1 hour');
    await world.catchUp();
    await put('a', '7');
    await put('d', '8');

    await client.send(new DeleteItemCommand({ TableName: 'orders', Key: key('b') }));
    await world.env.sleep('1 hour');

    status = await handle.query('status');

    await stopSync(handle);
  });
  expect(status?.totals.fullLoads).toBe(1);
  expect(status?.totals.windows).toBeGreaterThanOrEqual(4);

  const seen = await readers.readByCatalog(server.uri, 'lake.raw.orders');
  const rows = seen.rows?.map((row) => JSON.parse(row) as { pk: string; n: string });
  const items = [
    { ...key('a'), n: { N: '7' } },
    { ...key('c'), n: { N: '2' } },
    { ...key('d'), n: { N: '8' } },
  ];
  expect(rows?.map(({ pk, n }) => `${pk}=${n}`).sort()).toEqual(
    items.map(({ pk, n }) => `${pk.S}=${n.N}`),
  );
  const store = world.ports.objectStore(REGION, BUCKET);
  const opened = restCatalogs({})(catalog, { storeUrl: store.url, lakePrefix: 'lake' });
  expect(await lakeItems(store, 'orders', { catalog: opened })).toEqual(items);
});
