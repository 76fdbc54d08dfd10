/** Owns what only a person can mend: it parks, tells what to do, and goes on by itself once it is done. */
import { expect, test } from '@jest/globals';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import type { Alert } from '../../src/sync/alerts.js';
import { failingBucket } from '../support/local-aws.js';
import { SyncStory } from '../support/sync-story.js';

const FAR = 'export-bucket';

/** The sync parks for what `breaks`, and goes on by itself after `mends`, from where it stood. */
async function expectProbing(
  breaks: (sync: SyncStory) => void,
  mends: (sync: SyncStory) => void,
  reason: { readonly message: RegExp; readonly hint: RegExp },
): Promise<void> {
  await SyncStory.tell(async (sync) => {
    sync.world.dynamo.buckets.create(FAR);
    await sync.follow({ exportBucket: FAR });
    breaks(sync);
    await sync.write();
    const { parked, watermark } = await sync.until((status) => status.phase === 'parked');
    expect(parked?.message).toMatch(reason.message);
    expect(parked?.hint).toMatch(reason.hint);
    expect(parked?.nextProbe).toBeDefined();

    const probed = await sync.until((status) => (status.parked?.probes ?? 0) >= 2);
    expect(probed.parked?.since).toBe(parked?.since);
    expect(probed.watermark).toBe(watermark);

    mends(sync);
    const mended = await sync.until(({ watermark: now }) => now !== watermark);
    expect(mended.parked).toBeUndefined();
    expect(mended.probing).toBeUndefined();
    expect(mended.recentLoads[0]?.from).toBe(watermark);
    await sync.stop();
    expect((await sync.expectWhole()).totals.fullLoads).toBe(1);
  });
}

test('the bucket of the exports is gone', () =>
  expectProbing(
    (sync) => {
      sync.world.dynamo.buckets.remove(FAR);
    },
    (sync) => sync.world.dynamo.buckets.create(FAR),
    { message: /S3NoSuchBucket/, hint: /Create the bucket export-bucket/ },
  ));

test('the bucket of the exports refuses what DynamoDB writes', () =>
  expectProbing(
    ({ world }) => world.dynamo.buckets.create(FAR, failingBucket(FAR, ErrorCode.AccessDenied)),
    ({ world }) => world.dynamo.buckets.create(FAR),
    { message: /S3AccessDenied/, hint: /s3:PutObject/ },
  ));

test('the bucket of the exports is of another owner', () =>
  expectProbing(
    ({ faults }) => {
      faults.failExport = () => ({
        failureCode: 'S3AccessDenied',
        failureMessage: 'Access Denied (Service: Amazon S3; Status Code: 403)',
      });
    },
    ({ faults }) => delete faults.failExport,
    { message: /S3AccessDenied/, hint: /another account.*exportBucketOwner/ },
  ));

test('the bucket of the exports is not of the owner that is configured', () =>
  SyncStory.tell(async (sync) => {
    sync.world.dynamo.buckets.create(FAR);
    const input = { exportBucket: FAR, exportKmsKeyId: 'alias/aws/s3' };
    await sync.start({ ...input, exportBucketOwner: '111111111111' });
    const { parked } = await sync.until(({ phase }) => phase === 'parked');
    expect(parked).toMatchObject({
      message: expect.stringContaining('S3AccessDenied'),
      hint: expect.stringContaining('exportBucketOwner'),
    });
    await sync.stop();
    const [exported] = sync.asked;
    const owner = exported!.table.tableArn.split(':')[4]!;
    await sync.follow({ ...input, exportBucketOwner: owner });
    await sync.stop();
    await sync.expectWhole();
  }));

test('the KMS key of the exports cannot be used', () =>
  expectProbing(
    ({ faults }) => {
      faults.failExport = () => ({
        failureCode: 'KmsNotFoundException',
        failureMessage: "Key 'arn:aws:kms:us-east-1:111122223333:key/1' does not exist",
      });
    },
    ({ faults }) => delete faults.failExport,
    { message: /KmsNotFoundException/, hint: /KMS key/ },
  ));

test('the exports of a sync may not be deleted', () =>
  SyncStory.tell(async (sync) => {
    const { buckets } = sync.world.dynamo;
    const store = createMemoryObjectStore();
    const refuse = (): Promise<never> =>
      Promise.reject(
        new TidemarkError('Access Denied', { code: ErrorCode.AccessDenied, subject: FAR }),
      );
    buckets.create(FAR, { ...store, delete: refuse });
    const told: Alert[] = [];
    sync.hook.call = (name, [alert]) => {
      if (name === 'sendAlert') told.push(alert as Alert);
      return Promise.resolve();
    };
    const alerts = { lagSeconds: 86_400 };
    await sync.follow({ exportBucket: FAR, keepExportsSeconds: 0, alerts });
    const { undeleted, exportsLeft } = await sync.windows(3);
    expect(undeleted?.message).toContain('Access Denied');
    expect(exportsLeft).toBeGreaterThanOrEqual(4);
    expect(told).toMatchObject([{ kind: 'undeleted', hint: expect.stringContaining('s3:Delete') }]);

    buckets.create(FAR, store);
    await sync.windows(1);
    await sync.stop();
    expect(await sync.expectWhole()).toMatchObject({ exportsLeft: 0 });
    expect((await sync.status()).undeleted).toBeUndefined();
    for await (const { key } of store.list('')) throw new Error(`${key} is left`);
    expect(told).toHaveLength(1);
  }));

test('a person mends what parked a sync, and does not want to wait', () =>
  SyncStory.tell(async (sync) => {
    sync.world.dynamo.buckets.create(FAR);
    await sync.follow({ exportBucket: FAR });
    sync.world.dynamo.buckets.remove(FAR);
    const { watermark } = await sync.until(({ parked }) => (parked?.probes ?? 0) >= 3);
    sync.world.dynamo.buckets.create(FAR);
    const asked = sync.asked.length;
    await sync.signal('resume');
    await sync.sleep('1 minute');
    // The next look by itself would be half an hour away.
    expect(sync.asked).toHaveLength(asked + 1);
    await sync.until((status) => status.watermark !== watermark);
    await sync.stop();
    await sync.expectWhole();
  }));

test('a sync is started again right after its export FAILED', () =>
  SyncStory.tell(async (sync) => {
    sync.world.dynamo.buckets.create(FAR);
    const input = { exportBucket: FAR };
    await sync.follow(input);
    sync.world.dynamo.buckets.remove(FAR);
    const { watermark } = await sync.until((status) => status.phase === 'parked');
    await sync.stop();
    sync.world.dynamo.buckets.create(FAR);
    await sync.start(input);
    const { recentLoads } = await sync.until(({ totals }) => totals.windows > 0);
    expect(recentLoads[0]?.from).toBe(watermark);
    expect((await sync.status()).probing).toBeUndefined();
    await sync.stop();
    await sync.expectWhole();
  }));
