/** Owns exports whose files are not what they should be: named, taken anew, then a person is called. */
import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { LoadOrder } from '../../activities/table/load-order.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import { readText } from '../support/local-aws.js';
import { SyncStory } from '../support/sync-story.js';
import { BUCKET } from '../support/sync-world.js';

/** Damages the objects of one export; the key that the sync must name. */
type Damage = (store: ObjectStore, manifestKey: string) => Promise<string>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Three exports are damaged, and the third parks the sync; it goes on with the next one, unharmed. */
async function expectTakenAnew(damage: Damage): Promise<void> {
  await SyncStory.tell(async (sync) => {
    const { watermark } = await sync.follow();
    const store = sync.world.dynamo.buckets.open(BUCKET);
    const named: string[] = [];
    sync.hook.call = async (name, [argument]) => {
      if (name !== 'planLoad') return;
      named.push(await damage(store, (argument as LoadOrder).manifestKey));
    };
    await sync.write();
    const status = await sync.until(({ phase }) => phase === 'parked');
    expect(named).toHaveLength(3);
    expect(status.parked).toMatchObject({ code: 'CorruptExport' });
    expect(status.parked?.message).toContain(named[2]);
    expect(status.watermark).toBe(watermark);

    delete sync.hook.call;
    await sync.signal('resume');
    const { recentLoads } = await sync.windows(1);
    expect(recentLoads.map(({ from }) => from)).toContain(watermark);
    await sync.stop();
    await sync.expectWhole();
  });
}

/** The first data file that the manifest names. */
async function dataKey(store: ObjectStore, manifestKey: string): Promise<string> {
  const list = await readText(store, manifestKey.replace('summary', 'files'));
  const [line = ''] = list.split('\n').filter((each) => !each.includes('"itemCount":0'));
  return (JSON.parse(line) as { dataFileS3Key: string }).dataFileS3Key;
}

test('a manifest is damaged', () =>
  expectTakenAnew(async (store, manifestKey) => {
    await store.put(manifestKey, bytes('{'));
    return manifestKey;
  }));

test('a manifest is gone', () =>
  expectTakenAnew(async (store, manifestKey) => {
    await store.delete([manifestKey]);
    return manifestKey;
  }));

test('a data file is damaged', () =>
  expectTakenAnew(async (store, manifestKey) => {
    const key = await dataKey(store, manifestKey);
    await store.put(key, bytes('no gzip'));
    return key;
  }));

test('a data file is gone', () =>
  expectTakenAnew(async (store, manifestKey) => {
    const key = await dataKey(store, manifestKey);
    await store.delete([key]);
    return key;
  }));

test('the counts of an export differ', () =>
  expectTakenAnew(async (store, manifestKey) => {
    const summary = JSON.parse(await readText(store, manifestKey)) as { itemCount: number };
    const text = JSON.stringify({ ...summary, itemCount: summary.itemCount + 1 });
    await store.put(manifestKey, bytes(text));
    const md5 = createHash('md5').update(text).digest('base64');
    await store.put(manifestKey.replace(/json$/, 'md5'), bytes(md5));
    return manifestKey.replace('summary', 'files');
  }));
