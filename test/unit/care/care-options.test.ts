/** Owns the checks of what a user's wishes make of the limits of care. */
import { expect, test } from '@jest/globals';
import { CARE_DEFAULTS, careLimits } from '../../../src/processing/iceberg/care/care-options.js';

const MIB = 1024 * 1024;

test('what is left out stays as usual', () => {
  expect(careLimits({})).toEqual({});
  expect(careLimits({ keepDays: 2, compactEvery: 3 })).toEqual({
    keepSnapshotsMs: 172_800_000,
    everyLoads: 3,
  });
});

test('a pass reads enough to make a file of the size that is wanted', () => {
  expect(careLimits({ fileMegabytes: 1024 })).toEqual({
    targetFileBytes: 1024 * MIB,
    maxRewriteBytes: 1024 * MIB,
  });
  expect(careLimits({ fileMegabytes: 16 })).toEqual({
    targetFileBytes: 16 * MIB,
    maxRewriteBytes: CARE_DEFAULTS.maxRewriteBytes,
  });
});
