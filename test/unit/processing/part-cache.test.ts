/** Owns the tests of local copies of the lake's files. */
import { readFileSync, readdirSync } from 'node:fs';
import { beforeEach, expect, test } from '@jest/globals';
import { createMemoryObjectStore } from '../../../src/connectors/memory/memory-object-store.js';
import type { ObjectStore } from '../../../src/core/object-store.js';
import { withTemporaryDirectory } from '../../../src/processing/parquet-file.js';
import { inParallel } from '../../../src/processing/in-parallel.js';
import { createPartCache } from '../../../src/processing/part-cache.js';

let store: ObjectStore;
let reads: string[];
beforeEach(async () => {
  const inner = createMemoryObjectStore();
  reads = [];
  store = {
    ...inner,
    openRead: (key) => {
      reads.push(key);
      return inner.openRead(key);
    },
  };
  await store.put('a', Buffer.from('aaa'));
  await store.put('b', Buffer.from('bb'));
});

test('copies each file once, and keeps order', async () => {
  await withTemporaryDirectory(async (directory) => {
    const cache = createPartCache(store, directory);
    const parts = [
      { key: 'b', sizeBytes: 2 },
      { key: 'a', sizeBytes: 3 },
    ];
    const paths = await cache.fetchAll(parts);
    expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['bb', 'aaa']);
    expect(await createPartCache(store, directory).fetchAll(parts)).toEqual(paths);
    expect(reads.sort()).toEqual(['a', 'b']);
  });
});

test.each([
  ['is gone', { key: 'c', sizeBytes: 1 }],
  ['has another size', { key: 'a', sizeBytes: 4 }],
])('names a file that %s, and leaves nothing of it', async (problem, part) => {
  await withTemporaryDirectory(async (directory) => {
    const fetched = createPartCache(store, directory).fetchAll([part]);
    await expect(fetched).rejects.toMatchObject({ code: 'CorruptLake', subject: part.key });
    await expect(fetched).rejects.toThrow(problem);
    expect(readdirSync(directory)).toEqual([]);
  });
});

test('at most so many at a time, and the results in order', async () => {
  let running = 0;
  let most = 0;
  const results = await inParallel([5, 4, 3, 2, 1], 2, async (turns) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    running--;
    return turns * 10;
  });
  expect(results).toEqual([50, 40, 30, 20, 10]);
  expect(most).toBe(2);
});
