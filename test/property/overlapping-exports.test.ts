/** Owns the law of overlapping exports: loaded one after the other, the lake is the table at each window's end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createDynamoDbTableExports } from '../../src/connectors/dynamodb/dynamodb-table-exports.js';
import { addSeconds, instantOfMillis, microsOf, type Instant } from '../../src/core/instant.js';
import { clientTokenOf } from '../../src/export/client-token.js';
import type { ExportScope } from '../../src/export/table-exports.js';
import { windowPrefix } from '../../src/export/window-prefix.js';
import { loadExport, openExport } from '../../src/processing/load-export.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { makeTable, startTestDynamoDb } from '../support/local-aws.js';
import { lakeItems, ModelledTable, randomOf } from '../support/modelled-table.js';

const SEEDS = 12;
const WINDOWS = 14;
const TABLE = 'orders';
const MIN_SECONDS = 900;

/** A world with one table, and a lake that loads its exports. */
async function openWorld(seed: number) {
  const random = randomOf(seed);
  const directory = await mkdtemp(join(tmpdir(), 'overlapping-exports-'));
  const dynamo = await startTestDynamoDb();
  const store = dynamo.buckets.create('lake-bucket');
  await makeTable(dynamo.client, TABLE);
  const exports = createDynamoDbTableExports({ client: dynamo.client });
  const identity = await exports.describeTable(TABLE);
  const formatVersion = random(2) === 0 ? 2 : 3;
  const partitionBy = random(3) === 0 ? ['bucket(3, pk)'] : [];
  const table = openLake({
    store,
    lakePrefix: 'lake',
    format: 'iceberg',
    cacheDirectory: directory,
    // Rows of the overlap are written anew elsewhere meanwhile.
    care: { care: { everyLoads: 3, minRun: 2, maxDeletedShare: 0.1 } },
  }).table(TABLE, { formatVersion, partitionBy });
  const load = async (scope: ExportScope): Promise<void> => {
    const { tableArn, tableId, keyAttributes } = identity;
    const place = { bucket: 'lake-bucket', prefix: windowPrefix('exports', TABLE, scope) };
    const clientToken = clientTokenOf({ tableId, epoch: 1, scope, ...place, attempt: 1 });
    const { exportArn } = await exports.requestExport({ tableArn, scope, ...place, clientToken });
    dynamo.clock.advance(5 * 60);
    const ended = await exports.describeExport(exportArn);
    if (ended.status !== 'COMPLETED') throw new Error(`the export is ${ended.status}`);
    const expected = { exportArn, tableArn, tableId, scope };
    const opened = await openExport(
      { store, manifestKey: ended.manifestKey, expected },
      // So few bytes make a batch of each file.
      { scope, tableId, epoch: 1, exportArn, keyAttributes, batchBytes: random(2) * 1e9 + 1 },
    );
    const now = (): Instant => instantOfMillis(Number(dynamo.clock.nowMicros() / 1000n));
    const signal = new AbortController().signal;
    await loadExport(table, opened, { concurrency: 2, signal, now, onRecords: () => undefined });
  };
  const close = async (): Promise<void> => {
    await dynamo.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { dynamo, store, load, random, close };
}

test.each([...Array(SEEDS).keys()])(
  'table %i',
  async (seed) => {
    const world = await openWorld(seed);
    const { dynamo, store, load, random } = world;
    const model = new ModelledTable(dynamo, TABLE, seed);
    try {
      const start = instantOfMillis(Number(dynamo.clock.nowMicros() / 1000n));
      const base = addSeconds(start, MIN_SECONDS);
      for (let second = 1n; second <= 12n; second++) await model.writeAt(microsOf(start) + second);
      dynamo.clock.set(microsOf(addSeconds(base, 600)));
      await load({ kind: 'full', exportTime: base });
      let from = base;
      for (let index = 0; index < WINDOWS; index++) {
        const step = index === 0 ? MIN_SECONDS : 60 * (1 + random(20));
        const to = addSeconds(from, step);
        // The first microsecond of the window, the last, and some between.
        const last = BigInt(step) * 1_000_000n - 1n;
        const times = [0n, last, ...Array.from({ length: random(8) }, () => BigInt(random(step)))]
          .map((at) => (at === last ? at : at * 999_983n))
          .sort((a, b) => (a < b ? -1 : 1));
        for (const at of new Set(times)) await model.writeAt(microsOf(from) + at);
        dynamo.clock.set(microsOf(to) + 1_000_000n);
        const view = random(2) === 0 ? 'NEW_AND_OLD_IMAGES' : 'NEW_IMAGE';
        const isShort = step < MIN_SECONDS;
        const exportFrom = isShort ? { exportFrom: addSeconds(to, -MIN_SECONDS) } : {};
        await load({ kind: 'incremental', window: { from, to }, view, ...exportFrom });
        expect(await lakeItems(store, TABLE)).toEqual(model.stateAt(to));
        from = to;
      }
    } finally {
      await world.close();
    }
  },
  120_000,
);
