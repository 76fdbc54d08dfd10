/** Owns the check that an export is deleted whole, and nothing else with it. */
import { beforeEach, expect, test } from '@jest/globals';
import { createMemoryObjectStore } from '../../../src/connectors/memory/memory-object-store.js';
import type { ObjectStore } from '../../../src/core/object-store.js';
import type { ExpectedExport } from '../../../src/export/export-manifest.js';
import { deleteExport } from '../../../src/processing/delete-export.js';
import { writeExport } from '../../support/export-fixtures.js';
import { at, puts } from '../../support/lake-loads.js';

const expected: ExpectedExport = {
  exportArn: 'arn:export',
  tableArn: 'arn:table',
  tableId: 'id',
  scope: { kind: 'full', exportTime: at(0) },
};
const { exportArn } = expected;
const files = [[], puts([{ pk: { S: 'a' } }]), puts([{ pk: { S: 'b' } }])];
const THEIRS = ['p/AWSDynamoDB/data/theirs.json.gz', 'p/notes.txt'];

let store: ObjectStore;
let manifestKey: string;
beforeEach(async () => {
  store = createMemoryObjectStore();
  manifestKey = await writeExport(store, { expected, prefix: 'p', files });
  await store.put(manifestKey.replace('manifest-summary.json', '_started'), Buffer.from(''));
  for (const key of THEIRS) await store.put(key, Buffer.from('theirs'));
});

async function keys(): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const { key } of store.list('')) all.push(key);
  return all;
}

test('what its manifest names is deleted, and not what lies beside it; twice is once', async () => {
  await deleteExport({ store, manifestKey, exportArn });
  expect(await keys()).toEqual(THEIRS);
  await deleteExport({ store, manifestKey, exportArn });
  expect(await keys()).toEqual(THEIRS);
});

test.each([0, 1, 2])('a deletion that died after %d of its calls is done again', async (done) => {
  let calls = 0;
  const dying: ObjectStore = {
    ...store,
    delete: (some) => (calls++ < done ? store.delete(some) : Promise.reject(new Error('killed'))),
  };
  await expect(deleteExport({ store: dying, manifestKey, exportArn })).rejects.toThrow('killed');
  await deleteExport({ store, manifestKey, exportArn });
  expect(await keys()).toEqual(THEIRS);
});

test('of an export that is not the one that was asked for nothing is deleted', async () => {
  const before = await keys();
  await expect(deleteExport({ store, manifestKey, exportArn: 'arn:other' })).rejects.toMatchObject({
    code: 'CorruptExport',
  });
  expect(await keys()).toEqual(before);
});
