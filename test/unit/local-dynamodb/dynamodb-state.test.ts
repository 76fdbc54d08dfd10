/** Owns the tests of what a read of the change log waits for. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { storedChangeLog } from '../../../src/local/dynamodb/dynamodb-state.js';
import {
  callOperation,
  openStore,
  type Database,
  type Store,
} from '../../../src/local/dynamodb/dynalite-engine.js';
import { WritePath } from '../../../src/local/dynamodb/write-path.js';
import { WriteStamps } from '../../../src/local/dynamodb/write-stamps.js';
import { VirtualClock } from '../../support/local-aws.js';

let directory: string;
let store: Store;
const clock = new VirtualClock();
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-state-'));
  store = await openStore(directory, 0);
  await callOperation(
    'CreateTable',
    {
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    },
    store,
  );
});
afterAll(async () => {
  await store.db.close();
  await rm(directory, { recursive: true, force: true });
});

/** `store` whose batches wait for `open`; `waiting` resolves when one does. */
function slowStore(): { slow: Store; open: () => void; waiting: Promise<void> } {
  let open: () => void = () => undefined;
  let arrive: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const waiting = new Promise<void>((resolve) => (arrive = resolve));
  const db = Object.create(store.db) as Database;
  db.batch = async (steps) => {
    arrive();
    await opened;
    await store.db.batch(steps);
  };
  return { slow: { ...store, db }, open, waiting };
}

test('reading waits for the writes stamped before its end, and rules out later ones', async () => {
  const stamps = new WriteStamps(clock, 0n);
  const { slow, open, waiting } = slowStore();
  const log = storedChangeLog(store, stamps);
  let table = await log.findTable('orders');
  while (table === undefined) table = await log.findTable('orders');
  const begin = clock.nowMicros();
  const writing = callOperation(
    'PutItem',
    { TableName: 'orders', Item: { pk: { S: 'under way' } } },
    new WritePath(slow, stamps).committingView(),
  );
  await waiting;

  clock.advance(10);
  const end = clock.nowMicros();
  let read = false;
  const reading = log.readChanges(table.tableId, begin, end).then((changes) => {
    read = true;
    return changes;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(read).toBe(false);

  clock.advance(-5);
  expect(stamps.take().micros).toBe(end);
  open();
  await writing;
  expect((await reading).map(({ newImage }) => newImage)).toEqual([{ pk: { S: 'under way' } }]);
});

test('stamps rise by a microsecond when the clock stands still', () => {
  const stamps = new WriteStamps(clock, 0n);
  const now = clock.nowMicros();
  expect([stamps.take(), stamps.take()].map(({ micros }) => micros)).toEqual([now, now + 1n]);
});
