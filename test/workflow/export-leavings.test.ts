/** Owns what becomes of a sync's exports once they are loaded: deleted by manifest, when it is time. */
import { expect, test } from '@jest/globals';
import { monthAt, monthSum } from '../../src/cost/ledger.js';
import type { TableSyncStatus } from '../../src/sync/table-sync-status.js';
import { SyncStory } from '../support/sync-story.js';
import { BUCKET } from '../support/sync-world.js';

const exportsOf = async ({ world }: SyncStory): Promise<readonly string[]> => {
  const keys: string[] = [];
  for await (const { key } of world.dynamo.buckets.open(BUCKET).list('exports/')) keys.push(key);
  return keys;
};
/** Exports of which a manifest is there, by what they cover. */
const manifestsOf = async (sync: SyncStory): Promise<readonly string[]> =>
  (await exportsOf(sync)).flatMap(
    (key) => /orders\/(\w+\/[\w-]+)\/.*manifest-summary\.json$/.exec(key)?.[1] ?? [],
  );
const put = (sync: SyncStory, key: string): Promise<unknown> =>
  sync.world.dynamo.buckets.open(BUCKET).put(key, new TextEncoder().encode('theirs'));

test('an export is deleted once it is loaded, and what lies beside it is not', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow({ keepExportsSeconds: 0 });
    const theirs = 'exports/orders/window/notes.txt';
    await put(sync, theirs);
    await sync.write();
    await sync.windows(3);
    await sync.stop();
    expect(await exportsOf(sync)).toEqual([theirs]);
    const { ledger, totals, exportsLeft } = await sync.expectWhole();
    expect(exportsLeft).toBe(0);
    const month = monthAt(ledger, ledger!.since);
    expect(monthSum(month).loads).toBe(totals.windows + totals.fullLoads);
  }));

test('exports are kept for as long as was asked for', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow({ keepExportsSeconds: 3600 });
    const { totals } = await sync.windows(2);
    expect(totals.windows).toBe(3);
    expect(await manifestsOf(sync)).toHaveLength(4);
    await sync.windows(6);
    await sync.sleep('2 minutes');
    const left = await manifestsOf(sync);
    expect(left.length).toBeLessThanOrEqual(5);
    expect(left.length).toBeGreaterThanOrEqual(3);
    expect((await sync.status()).exportsLeft).toBe(left.length);
    await sync.stop();
    await sync.expectWhole();
  }));

test('a sync that began before exports were deleted keeps them', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow();
    await sync.stop();
    expect(await manifestsOf(sync)).toHaveLength(2);
  }));

test('overlapping exports are each deleted after the load of their own window', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow({ keepExportsSeconds: 0, freshnessSeconds: 600 });
    for (let count = 0; count < 4; count++) {
      await sync.write();
      await sync.windows(1);
    }
    const { flights = [] } = await sync.status();
    await sync.sleep('1 second');
    expect((await manifestsOf(sync)).length).toBeLessThanOrEqual(flights.length + 1);
    await sync.stop();
    await sync.expectWhole();
  }));

test('exports that were given up are deleted once a later load is committed', () =>
  SyncStory.tell(async (sync) => {
    await sync.follow({ keepExportsSeconds: 0 });
    let spoilt = 0;
    sync.hook.call = async (name, [argument]) => {
      if (name !== 'planLoad' || spoilt++ > 0) return;
      const { manifestKey } = argument as { manifestKey: string };
      const data = (await exportsOf(sync)).find(
        (key) => key.endsWith('.gz') && key.startsWith(manifestKey.split('/AWSDynamoDB')[0]!),
      );
      await sync.world.dynamo.buckets.open(BUCKET).put(data!, new TextEncoder().encode('no gzip'));
    };
    await sync.write();
    await sync.windows(1);
    await sync.signal('resync');
    await sync.until(({ totals }: TableSyncStatus) => totals.fullLoads === 2);
    await sync.windows(2);
    await sync.stop();
    expect(spoilt).toBeGreaterThan(1);
    expect(await exportsOf(sync)).toEqual([]);
    await sync.expectWhole();
  }));
