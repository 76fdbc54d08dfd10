/** Owns that the mapped backfill writes every partition of its range, and says which it could not. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testDag } from 'tidemark';
import backfill from '../../../examples/backfill-mapped.js';
import { makeExampleFolder, type ExampleFolder } from '../../support/example-lake.js';

let folder: ExampleFolder;

beforeEach(async () => {
  folder = await makeExampleFolder();
});
afterEach(() => folder.remove());

const params = (more: object = {}): object => ({
  from: '2026-02-27',
  to: '2026-03-02',
  shops: ['paris', 'tokyo'],
  directory: folder.path,
  ...more,
});

const PARTITIONS = ['2026-02-27', '2026-02-28', '2026-03-01'].flatMap((day) =>
  ['paris', 'tokyo'].map((shop) => `day=${day}/shop=${shop}/sales.json`),
);

describe('backfill_mapped', () => {
  test('writes every day of every shop, and the same again', async () => {
    const run = await testDag(backfill, { params: params() });
    expect(run.status).toBe('success');
    const files = await folder.files();
    expect(Object.keys(files)).toEqual([...PARTITIONS, 'summary.json']);
    expect(run.outputs['summary']).toMatchObject({ partitions: 6, of: 6, errors: [] });
    await testDag(backfill, { params: params() });
    expect(await folder.files()).toEqual(files);
  });

  test('goes through the days slowly and the shops fast, some at a time', async () => {
    const run = await testDag(backfill, { params: params(), durations: { compute: '1m' } });
    expect(run.outputs['compute']).toMatchObject([
      { day: '2026-02-27', shop: 'paris' },
      { day: '2026-02-27', shop: 'tokyo' },
      { day: '2026-02-28', shop: 'paris' },
      { day: '2026-02-28', shop: 'tokyo' },
      { day: '2026-03-01', shop: 'paris' },
      { day: '2026-03-01', shop: 'tokyo' },
    ]);
    expect(backfill.graph.tasks.find(({ id }) => id === 'compute')?.map).toMatchObject({
      maxActive: 8,
      key: '{day} {shop}',
    });
  });

  test('tries again, later each time, and a failure that stays costs one partition', async () => {
    const run = await testDag(backfill, {
      params: params(),
      outcomes: { compute: ({ mapIndex }) => (mapIndex === 3 ? { fail: 'disk full' } : 'run') },
    });
    expect(run.status).toBe('failed');
    expect(run.elapsedMs).toBe((10 + 20 + 40 + 80) * 1000);
    const files = await folder.files();
    expect(Object.keys(files)).toHaveLength(6);
    expect(JSON.parse(files['summary.json'] ?? '')).toMatchObject({
      partitions: 5,
      of: 6,
      errors: ['compute[3]: disk full'],
    });
  });

  test('a failure that passes costs nothing', async () => {
    const run = await testDag(backfill, {
      params: params(),
      outcomes: { compute: ({ attempt }) => (attempt < 3 ? { fail: 'busy' } : 'run') },
    });
    expect(run.status).toBe('success');
    expect(run.outputs['summary']).toMatchObject({ partitions: 6 });
  });

  test('leaves what is there only when told to', async () => {
    await testDag(backfill, { params: params() });
    const [first] = PARTITIONS;
    const mended = JSON.stringify({ day: '2026-02-27', shop: 'paris', cents: 1 });
    await writeFile(join(folder.path, first!), mended);
    const kept = await testDag(backfill, { params: params({ overwrite: false }) });
    expect(kept.outputs['compute']).toMatchObject([{ cents: 1 }, {}, {}, {}, {}, {}]);
    expect((await folder.files())[first!]).toBe(mended);
    await testDag(backfill, { params: params() });
    expect((await folder.files())[first!]).not.toBe(mended);
  });

  test('of no days has nothing to do', async () => {
    const run = await testDag(backfill, { params: params({ to: '2026-02-27' }) });
    expect(run.tasks['compute']?.state).toBe('skipped');
    expect(run.outputs['summary']).toMatchObject({ partitions: 0, of: 0 });
  });
});
