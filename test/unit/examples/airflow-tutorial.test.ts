/** Owns that the two tutorials of Airflow, moved over, do what Airflow's do. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { testDag } from 'tidemark';
import taskflow from '../../../examples/airflow-tutorial-taskflow.js';
import tutorial from '../../../examples/airflow-tutorial.js';
import { makeExampleFolder, type ExampleFolder } from '../../support/example-lake.js';

let folder: ExampleFolder;

beforeEach(async () => {
  folder = await makeExampleFolder();
});
afterEach(() => folder.remove());

describe('tutorial', () => {
  test('prints the date, then sleeps and prints its lines', async () => {
    const run = await testDag(tutorial, {
      startAt: '2026-01-31T12:00:00Z',
      outcomes: { sleep: { success: '' } },
    });
    expect(run.status).toBe('success');
    expect(run.order).toEqual(['print_date', 'sleep', 'templated']);
    expect(run.outputs['print_date']).toMatch(/\d\d:\d\d:\d\d/);
    expect(run.outputs['templated']).toBe(
      Array.from({ length: 5 }, () => '2026-01-30\n2026-02-06').join('\n'),
    );
  });

  test('tries once more, and to sleep three times more', async () => {
    const run = await testDag(tutorial, {
      outcomes: { sleep: { fail: 'awake' }, templated: { fail: 'no' } },
    });
    expect(run.tasks['templated']?.attempt).toBe(2);
    expect(run.tasks['sleep']?.attempt).toBe(4);
    expect(run.elapsedMs).toBe(15 * 60_000);
  });
});

describe('tutorial_taskflow_api', () => {
  test('adds up and writes the total, the same again', async () => {
    for (let times = 0; times < 2; times++) {
      const run = await testDag(taskflow, { params: { directory: folder.path } });
      expect(run.status).toBe('success');
      expect(run.order).toEqual(['extract', 'transform', 'load']);
      expect(await folder.files()).toEqual({ 'total.txt': 'Total order value is: 1236.70' });
    }
  });
});
