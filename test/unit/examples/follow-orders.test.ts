/** Owns that the tally of orders counts every window once: late, twice, or with one missed. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { testDag, type AssetEvent, type Instant } from 'tidemark';
import followOrders from '../../../examples/follow-orders.js';
import {
  changeAt,
  makeExampleFolder,
  openExampleLake,
  type ExampleFolder,
  type ExampleLake,
} from '../../support/example-lake.js';

const T0 = '2026-01-10T08:00:00Z' as Instant;
const T1 = '2026-01-10T08:15:00Z' as Instant;
const T2 = '2026-01-10T08:30:00Z' as Instant;
const A = { pk: { S: 'a' }, total: { N: '10' } };
const B = { pk: { S: 'b' }, total: { N: '20' } };

let lake: ExampleLake;
let folder: ExampleFolder;

beforeEach(async () => {
  lake = await openExampleLake();
  folder = await makeExampleFolder();
});
afterEach(async () => {
  await lake.close();
  await folder.remove();
});

async function threeCommits(): Promise<void> {
  await lake.load('orders', T0, [A]);
  await lake.follow('orders', T0, T1, [
    changeAt(T0, { oldImage: A, newImage: { ...A, total: { N: '11' } } }),
    changeAt(T0, { newImage: B }),
  ]);
  await lake.follow('orders', T1, T2, [changeAt(T1, { oldImage: B })]);
}

const committed = (from: Instant | null, to: Instant, rows: number): AssetEvent => ({
  asset: 'lake/orders',
  at: to,
  extra: from === null ? { kind: 'full', to, rows } : { kind: 'incremental', from, to, rows },
});

const runOf = (...assetEvents: readonly AssetEvent[]) =>
  testDag(followOrders, { params: { directory: folder.path }, assetEvents });

const tally = async (): Promise<unknown> => JSON.parse((await folder.files())['tally.json'] ?? '');

describe('follow_orders', () => {
  test('counts the window that started it', async () => {
    await threeCommits();
    await runOf(committed(null, T0, 1));
    expect(await tally()).toEqual({ watermark: T0, changes: {} });
    await runOf(committed(T0, T1, 2));
    expect(await tally()).toEqual({ watermark: T1, changes: { inserts: 1, updates: 1 } });
    const run = await runOf(committed(T1, T2, 1));
    expect(run.status).toBe('success');
    const all = { watermark: T2, changes: { deletes: 1, inserts: 1, updates: 1 } };
    expect(await tally()).toEqual(all);
    expect(run.outputs['tally']).toEqual(all);
    expect(Object.keys(await folder.files())).toEqual(['tally.json']);
  });

  test('counts nothing twice, and makes up for what it missed', async () => {
    await threeCommits();
    await runOf(committed(T1, T2, 1));
    await runOf(committed(T1, T2, 1));
    await runOf(committed(T0, T1, 2));
    expect(await tally()).toEqual({
      watermark: T2,
      changes: { deletes: 1, inserts: 1, updates: 1 },
    });
  });

  test('asked for by hand, counts all there is', async () => {
    await threeCommits();
    const run = await runOf();
    expect(run.outputs['window']).toEqual({ to: T2 });
    expect(await tally()).toMatchObject({ watermark: T2 });
  });

  test('asked for by hand before there is a table, is skipped', async () => {
    const run = await runOf();
    expect(run.tasks['tally']?.state).toBe('skipped');
    expect(run.status).toBe('success');
    expect(await folder.files()).toEqual({});
  });

  test('refuses an update of another form rather than guess', async () => {
    await threeCommits();
    const run = await runOf({ asset: 'lake/orders', at: T1, extra: { until: T1 } });
    expect(run.status).toBe('failed');
    expect(await folder.files()).toEqual({});
  });

  test('runs by the table, one run at a time', () => {
    expect(followOrders.graph).toMatchObject({
      schedule: { kind: 'assets', when: { kind: 'asset', name: 'lake/orders' } },
      maxActiveRuns: 1,
    });
  });
});
