/** Owns that the daily report counts a day in Paris, table by table, and says what it could not count. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { testDag, type Instant } from 'tidemark';
import dailyReport from '../../../examples/daily-report.js';
import {
  changeAt,
  makeExampleFolder,
  openExampleLake,
  type ExampleFolder,
  type ExampleLake,
} from '../../support/example-lake.js';

const instant = (text: string): Instant => text as Instant;
const A = { pk: { S: 'a' }, total: { N: '10' } };
const B = { pk: { S: 'b' }, total: { N: '20' } };
const DAY_START = instant('2026-01-10T05:00:00Z');
const DAY_END = instant('2026-01-11T05:00:00Z');
// In winter 06:00 in Paris is 05:00 UTC: this run is about the day up to then.
const startAt = '2026-01-11T05:30:00Z';

let lake: ExampleLake;
let folder: ExampleFolder;

beforeAll(async () => {
  lake = await openExampleLake();
  await lake.load('orders', instant('2026-01-10T04:00:00Z'), [A]);
  await lake.follow('orders', instant('2026-01-10T04:00:00Z'), DAY_START);
  await lake.follow('orders', DAY_START, DAY_END, [changeAt(DAY_START, { newImage: B })]);
  await lake.follow('orders', DAY_END, instant('2026-01-11T05:15:00Z'));
  await lake.load('customers', instant('2026-01-10T04:00:00Z'), [A, B]);
  // The windows before the day and after it.
  await lake.follow('customers', instant('2026-01-10T04:00:00Z'), DAY_START, [
    changeAt(instant('2026-01-10T04:59:59Z'), { oldImage: A, newImage: { ...A, n: { N: '1' } } }),
  ]);
  await lake.follow('customers', DAY_START, DAY_END);
  await lake.follow('customers', DAY_END, instant('2026-01-11T05:15:00Z'), [
    changeAt(DAY_END, { oldImage: B }),
  ]);
});
afterAll(() => lake.close());
beforeEach(async () => {
  folder = await makeExampleFolder();
});
afterEach(() => folder.remove());

const HEAD =
  '# 2026-01-10T05:00:00Z to 2026-01-11T05:00:00Z\n\n| table | rows now | changes |\n| --- | --- | --- |\n';

describe('daily_report', () => {
  test('counts the changes of the day and no others', async () => {
    const run = await testDag(dailyReport, { startAt, params: { directory: folder.path } });
    expect(run.status).toBe('success');
    expect(await folder.files()).toEqual({
      '2026-01-10.md': `${HEAD}| customers | 1 | 0 |\n| orders | 2 | 1 |\n`,
    });
  });

  test('is written although a table failed, and the run then fails', async () => {
    const run = await testDag(dailyReport, {
      startAt,
      params: { directory: folder.path },
      outcomes: { count_day: ({ mapIndex }) => (mapIndex === 0 ? { fail: 'no' } : 'run') },
    });
    expect(run.status).toBe('failed');
    expect(run.tasks['count_day']?.items).toMatchObject({ success: 1, failed: 1 });
    expect(run.tasks['report']?.error?.message).toContain('1 of 2 tables are missing');
    expect(run.tasks['report']?.attempt).toBe(1);
    expect(await folder.files()).toEqual({
      '2026-01-10.md': `${HEAD}| customers | failed | |\n| orders | 2 | 1 |\n`,
    });
  });

  test('waits for a lake that is behind, and says so in the end', async () => {
    const run = await testDag(dailyReport, {
      startAt: '2026-01-12T05:30:00Z',
      params: { directory: folder.path, tables: ['orders'] },
      outcomes: { lake_caught_up: ({ poke }) => (poke <= 2 ? 'run' : { notYet: true }) },
    });
    expect(run.status).toBe('failed');
    expect(run.tasks['lake_caught_up']).toMatchObject({ state: 'failed', attempt: 1 });
    expect(run.elapsedMs).toBeGreaterThanOrEqual(90 * 60_000);
    expect((await folder.files())['2026-01-11.md']).toContain('| orders | not counted | |');
  });

  test('goes by its params: another table does not hold it up', async () => {
    const run = await testDag(dailyReport, {
      startAt,
      params: { directory: folder.path, tables: ['orders'] },
    });
    expect(run.outputs['count_day']).toEqual([{ table: 'orders', rows: 2, changes: 1 }]);
    expect(() => dailyReport.params?.parse({ tables: 'orders' })).toThrow('expected array');
  });

  test('fires at six in Paris, one run at a time', () => {
    expect(dailyReport.graph).toMatchObject({
      schedule: { kind: 'cron', expression: '0 6 * * *', timezone: 'Europe/Paris' },
      maxActiveRuns: 1,
      pools: { lake: 4 },
    });
  });
});
