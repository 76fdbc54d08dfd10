/** Owns the check that a DAG file can import from the package what the package offers. */
import { expect, test } from '@jest/globals';
import * as authoring from '../../../src/authoring.js';
import * as whole from '../../../src/index.js';

/** For workers: it needs DuckDB, which a DAG file must not wait for. */
const FOR_WORKERS = ['createTableActivities'];

test('all of it but what is for workers alone', () => {
  const missing = Object.keys(whole).filter((name) => !(name in authoring));
  expect(missing).toEqual(FOR_WORKERS);
});
