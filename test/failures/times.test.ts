/** Owns windows that DynamoDB refuses by their times: each has an answer of its own. */
import { UpdateContinuousBackupsCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from '@jest/globals';
import { AWS_LIMITS } from '../../src/core/service-limits.js';
import { SyncStory, TABLE } from '../support/sync-story.js';

const EXPORT = 'ExportTableToPointInTime';
const DAY = 86_400;

test('a window is shorter than DynamoDB takes', () =>
  SyncStory.tell(async (sync) => {
    await sync.start({ windowSeconds: 300, limits: { ...AWS_LIMITS, minWindowSeconds: 300 } });
    const { parked } = await sync.until(({ phase }) => phase === 'parked');
    expect(parked?.code).toBe('InvalidWindow');
    expect(parked?.hint).toMatch(/15 minutes at least/);
    expect(parked?.nextProbe).toBeUndefined();
    await sync.stop();
  }));

test('a window is longer than DynamoDB takes', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow({ limits: { ...AWS_LIMITS, maxWindowSeconds: 3 * DAY } });
    await sync.signal('pause');
    await sync.sleep('2 days');
    await sync.signal('resume');
    const { parked } = await sync.until(({ phase }) => phase === 'parked');
    expect(parked?.code).toBe('InvalidWindow');
    expect(parked?.hint).toMatch(/24 hours at most/);
    await sync.stop();
  }));

test('a window ends in the future of DynamoDB', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow();
    let refusals = 0;
    sync.faults.refuse = (operation) => {
      if (operation !== EXPORT || refusals === 5) return undefined;
      refusals += 1;
      return {
        type: 'InvalidExportTimeException',
        message: 'Incremental export period to time cannot be greater than the current time',
      };
    };
    await sync.write();
    await sync.windows(2);
    await sync.stop();
    expect(refusals).toBe(5);
    expect((await sync.expectWhole()).totals.fullLoads).toBe(1);
  }));

test('a window begins before recovery reaches back', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow();
    await sync.world.dynamo.client.send(
      new UpdateContinuousBackupsCommand({
        TableName: TABLE,
        PointInTimeRecoverySpecification: {
          PointInTimeRecoveryEnabled: true,
          RecoveryPeriodInDays: 1,
        },
      }),
    );
    await sync.signal('pause');
    await sync.until(({ phase }) => phase === 'paused');
    await sync.write();
    await sync.sleep('30 hours');
    await sync.write();
    await sync.signal('resume');
    await sync.until(({ totals }) => totals.fullLoads === 2);
    await sync.windows(1);
    await sync.stop();
    expect((await sync.expectWhole()).parked).toBeUndefined();
  }));
