/** Owns a table with exports as somebody else may have taken them: one prefix for all, copied to a folder. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createDynamoDbTableExports } from '../../src/connectors/dynamodb/dynamodb-table-exports.js';
import { addSeconds, instantOfMillis, microsOf, type Instant } from '../../src/core/instant.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { ExportScope, TableExports } from '../../src/export/table-exports.js';
import { makeTable, startTestDynamoDb, type TestDynamoDb } from './local-aws.js';
import { ModelledTable } from './modelled-table.js';

const BUCKET = 'their-exports';
const WINDOW_SECONDS = 900;

/** An export in the folder. */
export interface TakenExport {
  /** `AWSDynamoDB/<id>`, absolute. */
  readonly folder: string;
  readonly scope: ExportScope;
}

/** A full export and the windows after it, on the disk and in a bucket in memory. */
export interface ExportedTable {
  readonly dynamo: TestDynamoDb;
  /** Holds what a copy of the bucket would: keys are paths from here. */
  readonly directory: string;
  readonly store: ObjectStore;
  readonly full: TakenExport;
  readonly windows: readonly TakenExport[];
  /** The items as of `instant`, exclusive. */
  stateAt(instant: Instant): Item[];
  close(): Promise<void>;
}

/** Takes them of a table that is written at random; a window has inserts, updates and deletes. */
export async function takeExports(
  tableName: string,
  options: { readonly seed: number; readonly windows: number },
): Promise<ExportedTable> {
  const { seed } = options;
  const dynamo = await startTestDynamoDb();
  const store = dynamo.buckets.create(BUCKET);
  await makeTable(dynamo.client, tableName);
  const model = new ModelledTable(dynamo, tableName, seed);
  const exports = createDynamoDbTableExports({ client: dynamo.client });
  const { tableArn } = await exports.describeTable(tableName);
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-exports-'));
  const take = async (scope: ExportScope): Promise<TakenExport> => {
    const manifestKey = await exportOf(dynamo, exports, tableArn, scope);
    return { folder: join(directory, dirname(manifestKey)), scope };
  };

  let from = addSeconds(instantOfMillis(Number(dynamo.clock.nowMicros() / 1000n)), WINDOW_SECONDS);
  const start = microsOf(from) - BigInt(WINDOW_SECONDS) * 1_000_000n;
  for (let second = 1n; second <= 40n; second++) await model.writeAt(start + second * 1_000_000n);
  dynamo.clock.set(microsOf(addSeconds(from, 600)));
  const full = await take({ kind: 'full', exportTime: from });
  const windows: TakenExport[] = [];
  for (let index = 0; index < options.windows; index++) {
    const to = addSeconds(from, WINDOW_SECONDS);
    for (let second = 0n; second < 20n; second++) {
      await model.writeAt(microsOf(from) + second * 1_000_000n);
    }
    dynamo.clock.set(microsOf(to) + 1_000_000n);
    const view = index % 2 === 0 ? 'NEW_AND_OLD_IMAGES' : 'NEW_IMAGE';
    windows.push(await take({ kind: 'incremental', window: { from, to }, view }));
    from = to;
  }
  await copyOut(store, directory);
  return {
    dynamo,
    directory,
    store,
    full,
    windows,
    stateAt: (instant) => model.stateAt(instant),
    close: async () => {
      await dynamo.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function exportOf(
  dynamo: TestDynamoDb,
  exports: TableExports,
  tableArn: string,
  scope: ExportScope,
): Promise<string> {
  const { exportArn } = await exports.requestExport({
    tableArn,
    scope,
    bucket: BUCKET,
    prefix: 'taken/by-others',
    clientToken: JSON.stringify(scope)
      .replaceAll(/[^\w-]/g, '')
      .slice(-64),
  });
  dynamo.clock.advance(6 * 60);
  const ended = await exports.describeExport(exportArn);
  if (ended.status !== 'COMPLETED') throw new Error(`the export is ${ended.status}`);
  return ended.manifestKey;
}

/** Every object as a file under its key, as `aws s3 sync` would have it. */
export async function copyOut(store: ObjectStore, directory: string): Promise<void> {
  for await (const { key } of store.list('')) {
    const path = join(directory, key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, (await store.get(key))!.body);
  }
}
