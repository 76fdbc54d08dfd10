/** Owns that a delivery is waited for, added up and cleared away, and a missing one skips the day. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testDag } from 'tidemark';
import waitForFile from '../../../examples/wait-for-file.js';
import { makeExampleFolder, type ExampleFolder } from '../../support/example-lake.js';

let folder: ExampleFolder;

beforeEach(async () => {
  folder = await makeExampleFolder();
});
afterEach(() => folder.remove());

const deliver = (): Promise<void> =>
  writeFile(join(folder.path, 'orders.csv'), 'order,cents\na,100\n,\nb,250\n');
const TOTAL = { file: 'orders.csv', orders: 2, cents: 350 };

describe('wait_for_file', () => {
  test('adds up what comes, and clears its scratch files away', async () => {
    await deliver();
    const run = await testDag(waitForFile, {
      params: { directory: folder.path },
      outcomes: { delivered: [{ notYet: true }, { notYet: true }, 'run'] },
    });
    expect(run.status).toBe('success');
    expect(run.elapsedMs).toBe(20_000);
    expect(run.outputs['add_up']).toEqual(TOTAL);
    expect((await folder.files())['total.json']).toBe(JSON.stringify(TOTAL));
    expect(await readdir(folder.path)).toEqual(['orders.csv', 'total.json']);
  });

  test('gives up after six hours without a failure, and makes nothing', async () => {
    const run = await testDag(waitForFile, { params: { directory: folder.path } });
    expect(run.status).toBe('success');
    expect(Object.values(run.tasks).map(({ state }) => state)).toEqual([
      'skipped',
      'skipped',
      'skipped',
      'skipped',
      'skipped',
    ]);
    expect(run.elapsedMs).toBeGreaterThanOrEqual(6 * 3_600_000);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('clears away after work that failed, and the run has failed', async () => {
    await deliver();
    const run = await testDag(waitForFile, {
      params: { directory: folder.path },
      outcomes: { add_up: { fail: 'no' } },
    });
    expect(run.status).toBe('failed');
    expect(run.tasks['clear_scratch']?.state).toBe('success');
    expect(await readdir(folder.path)).toEqual(['orders.csv']);
  });

  test('a task that runs a second time changes nothing', async () => {
    await deliver();
    const run = await testDag(waitForFile, {
      params: { directory: folder.path },
      operations: [
        { after: '1s', operation: { type: 'clear', tasks: ['clean'], downstream: true } },
      ],
      durations: { add_up: '10s' },
    });
    expect(run.status).toBe('success');
    expect(run.order.filter((task) => task === 'clean')).toHaveLength(2);
    expect(run.outputs['add_up']).toEqual(TOTAL);
    expect(await readdir(folder.path)).toEqual(['orders.csv', 'total.json']);
  });
});
