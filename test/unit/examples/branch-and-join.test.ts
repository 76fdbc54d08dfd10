/** Owns that an order goes one way by its amount, and ships whichever way that was. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { testDag } from 'tidemark';
import branching from '../../../examples/branch-and-join.js';
import { makeExampleFolder, type ExampleFolder } from '../../support/example-lake.js';

let folder: ExampleFolder;

beforeEach(async () => {
  folder = await makeExampleFolder();
});
afterEach(() => folder.remove());

describe('branch_and_join', () => {
  test.each([
    [120, 'success', 'skipped', 'rule'],
    [500, 'skipped', 'success', 'credit of A-17, fraud of A-17'],
  ])('an order of %d', async (amount, approve, sign, by) => {
    const params = { order: 'A-17', amount, directory: folder.path };
    const run = await testDag(branching, { params });
    expect(run.status).toBe('success');
    expect(run.tasks['approve']?.state).toBe(approve);
    expect(run.tasks['review.sign']?.state).toBe(sign);
    expect(await folder.files()).toEqual({
      'A-17.json': JSON.stringify({ order: 'A-17', by }),
    });
  });

  test('an order of nothing ships nothing', async () => {
    const run = await testDag(branching, { params: { amount: 0, directory: folder.path } });
    expect(run.status).toBe('success');
    expect(run.tasks['ship']?.state).toBe('skipped');
    expect(await folder.files()).toEqual({});
  });

  test('a review that fails stops the order', async () => {
    const run = await testDag(branching, {
      params: { amount: 900, directory: folder.path },
      outcomes: { 'review.fraud': { fail: 'suspicious' } },
    });
    expect(run.status).toBe('failed');
    expect(run.tasks['ship']?.state).toBe('upstream_failed');
    expect(await folder.files()).toEqual({});
  });
});
