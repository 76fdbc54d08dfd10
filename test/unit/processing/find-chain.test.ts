/** Owns the tests of following a table's commits. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryObjectStore } from '../../../src/connectors/memory/memory-object-store.js';
import type { ListedObject, ObjectStore } from '../../../src/core/object-store.js';
import { SUCCESS, tableLayout } from '../../../src/lake/layout.js';
import type { LoadScope } from '../../../src/lake/load.js';
import {
  findChain,
  findChainEnd,
  readCommit,
  writeHint,
} from '../../../src/processing/find-chain.js';
import { at, full, window } from '../../support/lake-loads.js';

const layout = tableLayout('', 't');
let store: ObjectStore;
let listed: number;
beforeEach(() => {
  const inner = createMemoryObjectStore();
  listed = 0;
  store = {
    ...inner,
    list: async function* (prefix, options): AsyncGenerator<ListedObject, void, undefined> {
      for await (const object of inner.list(prefix, options)) {
        listed++;
        yield object;
      }
    },
  };
});

async function commit(...scopes: readonly LoadScope[]): Promise<void> {
  for (const scope of scopes) {
    await store.put(layout.directoryOf(scope) + SUCCESS, new Uint8Array(0));
    await store.put(`${layout.directoryOf(scope)}part-00000.parquet`, new Uint8Array(0));
  }
}
const keyOf = (scope: LoadScope): string => layout.directoryOf(scope) + SUCCESS;
const chain = async (): Promise<readonly string[] | undefined> =>
  (await findChain(store, layout))?.links.map((link) => link.key);

describe('the chain', () => {
  test('needs a base', async () => {
    await commit(window(0, 15));
    expect(await chain()).toBeUndefined();
    expect(await findChainEnd(store, layout)).toBeUndefined();
  });

  test('is the newest base and what follows it without a gap', async () => {
    const follow = [window(30, 45), window(45, 90)];
    await commit(full(0), full(30), window(0, 15), window(15, 40), ...follow, window(105, 120));
    expect(await chain()).toEqual([full(30), ...follow].map(keyOf));
  });

  test('takes the longer of two windows that begin alike, and goes on from its end', async () => {
    await commit(full(0), window(0, 15), window(0, 60), window(15, 30), window(60, 75));
    expect(await chain()).toEqual([full(0), window(0, 60), window(60, 75)].map(keyOf));
  });

  test('does not count a directory without _SUCCESS', async () => {
    await commit(full(0), window(0, 15));
    await store.delete([keyOf(window(0, 15))]);
    await store.put(`${layout.directoryOf(full(60))}part-00000.parquet`, new Uint8Array(0));
    expect(await chain()).toEqual([keyOf(full(0))]);
  });

  test('is found from a hint without listing all of it', async () => {
    const windows = Array.from({ length: 300 }, (_, index) => window(index * 15, index * 15 + 15));
    await commit(full(0), ...windows);
    await writeHint(store, layout, (await findChain(store, layout))!);
    listed = 0;
    const end = await findChainEnd(store, layout);
    expect(listed).toBeLessThan(200);
    expect(end?.links.at(-1)?.key).toBe(keyOf(windows.at(-1)!));
    await commit(window(4500, 4515));
    expect((await findChainEnd(store, layout))?.links.at(-1)?.from).toBe(at(4500));
    // A late commit near the end is seen by all alike.
    await commit(window(4470, 4500 + 90));
    const seen = [await findChain(store, layout), await findChainEnd(store, layout)];
    expect(seen.map((each) => each?.links.at(-1)?.from)).toEqual([at(4470), at(4470)]);
    await commit(full(6000));
    expect((await findChainEnd(store, layout))?.baseExportTime).toBe(at(6000));
  });

  test('names a commit that is gone or cannot be read', async () => {
    await store.put('bad', Buffer.from('{"formatVersion":2}'));
    for (const key of ['gone', 'bad']) {
      await expect(readCommit(store, key)).rejects.toMatchObject({
        code: 'CorruptLake',
        subject: key,
      });
    }
  });
});
