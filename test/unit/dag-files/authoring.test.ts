/** Owns the check that a DAG file can import from the package what the package offers. */
import { expect, test } from '@jest/globals';
import * as authoring from '../../../src/authoring.js';
import * as whole from '../../../src/index.js';

/** For workers: they need DuckDB or the Temporal SDK, which a DAG file must not wait for. */
const FOR_WORKERS = ['createBodyActivities', 'createTableActivities', 'keptResults'];

test('all of it but what is for workers alone', () => {
  const missing = Object.keys(whole).filter((name) => !(name in authoring));
  expect(missing.sort()).toEqual(FOR_WORKERS);
});
