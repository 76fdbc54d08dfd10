/** Owns what the service does now and then, and nobody has to know of. */
import { ExportTableToPointInTimeCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from '@jest/globals';
import type { RequestExportInput } from '../../activities/table/table-activities.js';
import { millisOf } from '../../src/core/instant.js';
import { clientTokenOf } from '../../src/export/client-token.js';
import { windowPrefix } from '../../src/export/window-prefix.js';
import { SyncStory } from '../support/sync-story.js';
import { BUCKET } from '../support/sync-world.js';

const EXPORT = 'ExportTableToPointInTime';

/** Two windows land, none was skipped, and nobody was called. */
async function expectGoesOn(sync: SyncStory): Promise<void> {
  await sync.write();
  await sync.windows(2);
  await sync.stop();
  const status = await sync.expectWhole();
  expect(status.parked).toBeUndefined();
  expect(status.totals.fullLoads).toBe(1);
}

test('an export ends FAILED', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow();
    let failures = 0;
    sync.faults.failExport = () => {
      failures += 1;
      if (failures > 3) return undefined;
      return { failureCode: 'UNKNOWN', failureMessage: 'Internal server error' };
    };
    const before = sync.asked.length;
    await expectGoesOn(sync);
    const [failed, ...later] = sync.asked.slice(before);
    const again = later.filter(
      ({ scope }) => JSON.stringify(scope) === JSON.stringify(failed?.scope),
    );
    expect([failed, ...again].map((each) => each?.attempt)).toEqual([1, 2, 3, 4]);
  }));

test('DynamoDB asks to slow down', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow();
    const refused = new Map<string, number>();
    sync.faults.refuse = (operation) => {
      const times = refused.get(operation) ?? 0;
      if (!/Export/.test(operation) || times >= 3) return undefined;
      refused.set(operation, times + 1);
      return { type: 'ThrottlingException', message: 'Rate exceeded' };
    };
    await expectGoesOn(sync);
    expect(refused.get(EXPORT)).toBe(3);
  }));

test('as many exports are in progress as a Region allows', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow();
    let refusals = 0;
    sync.faults.refuse = (operation) => {
      if (operation !== EXPORT || refusals > 20) return undefined;
      refusals += 1;
      return {
        type: 'LimitExceededException',
        message: 'Subscriber limit exceeded: only 300 exports can be in progress at once',
      };
    };
    await expectGoesOn(sync);
    expect(refusals).toBeGreaterThan(20);
  }));

test('the clocks are a minute apart', () =>
  SyncStory.tell(async (sync) => {
    sync.hook.skewSeconds = -60;
    await sync.follow();
    await sync.write();
    await sync.windows(2);
    sync.hook.skewSeconds = 60;
    await expectGoesOn(sync);
  }));

test('somebody else used the token of an export', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow();
    const { dynamo } = sync.world;
    let taken = 0;
    sync.hook.call = async (name, [argument]) => {
      if (name !== 'requestExport' || taken > 0) return;
      taken += 1;
      await sync.world.catchUp();
      await dynamo.client.send(exportBy(argument as RequestExportInput, 'of-others'));
    };
    await expectGoesOn(sync);
    expect(taken).toBe(1);
  }));

test('somebody else exports to the prefix of an export', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow();
    let others = 0;
    sync.hook.call = async (name, [argument]) => {
      if (name !== 'requestExport') return;
      others += 1;
      await sync.world.catchUp();
      const { input } = exportBy(argument as RequestExportInput);
      const { ClientToken: _ours, ...request } = input;
      await sync.world.dynamo.client.send(new ExportTableToPointInTimeCommand(request));
    };
    await expectGoesOn(sync);
    expect(others).toBeGreaterThan(1);
  }));

test('files of others lie in the prefix of an export', () =>
  SyncStory.tell(async (sync) => {
    const store = sync.world.dynamo.buckets.open(BUCKET);
    const foreign: string[] = [];
    sync.hook.call = async (name, [argument]) => {
      if (name !== 'requestExport') return;
      const { exportPrefix, table, scope } = argument as RequestExportInput;
      const prefix = windowPrefix(exportPrefix, table.tableName, scope);
      for (const key of ['data/stray.json.gz', '0-strange/manifest-files.json', 'readme.txt']) {
        foreign.push(`${prefix}/AWSDynamoDB/${key}`);
        await store.put(`${prefix}/AWSDynamoDB/${key}`, new TextEncoder().encode('not of ours'));
      }
    };
    await sync.follow();
    await expectGoesOn(sync);
    for (const key of foreign) expect(await store.get(key)).toBeDefined();
  }));

/** The very request that the sync is about to make, to a prefix of its own unless another is named. */
function exportBy(
  { table, scope, epoch, attempt, exportBucket: bucket, exportPrefix }: RequestExportInput,
  otherPrefix?: string,
): ExportTableToPointInTimeCommand {
  if (scope.kind === 'full') throw new Error('a window was to be asked for');
  const prefix = windowPrefix(exportPrefix, table.tableName, scope);
  const { tableId, tableArn } = table;
  return new ExportTableToPointInTimeCommand({
    TableArn: tableArn,
    S3Bucket: bucket,
    S3Prefix: otherPrefix ?? prefix,
    ClientToken: clientTokenOf({ tableId, epoch, scope, bucket, prefix, attempt }),
    ExportType: 'INCREMENTAL_EXPORT',
    IncrementalExportSpecification: {
      ExportFromTime: new Date(millisOf(scope.window.from)),
      ExportToTime: new Date(millisOf(scope.window.to)),
      ExportViewType: scope.view,
    },
  });
}
