/** Owns the tests of following a table's commits. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createMemoryObjectStore } from '../../../src/connectors/memory/memory-object-store.js';
import type { ListedObject, ObjectStore } from '../../../src/core/object-store.js';
import { SUCCESS, parseSuccessKey, tableLayout } from '../../../src/lake/layout.js';
import type { ExportScope } from '../../../src/export/table-exports.js';
import { allCommits } from '../../../src/processing/committed-files.js';
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

async function commit(...scopes: readonly ExportScope[]): Promise<void> {
  for (const scope of scopes) {
    await store.put(layout.directoryOf(scope) + SUCCESS, new Uint8Array(0));
    await store.put(`${layout.directoryOf(scope)}part-00000.parquet`, new Uint8Array(0));
  }
}
const keyOf = (scope: ExportScope): string => layout.directoryOf(scope) + SUCCESS;
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

  test('does not move back for a late window that what follows does not go on from', async () => {
    await commit(full(0), window(0, 15), window(15, 30));
    await writeHint(store, layout, (await findChain(store, layout))!);
    await commit(window(0, 20));
    const kept = [full(0), window(0, 15), window(15, 30)].map(keyOf);
    expect(await chain()).toEqual(kept);
    expect((await findChainEnd(store, layout))?.links.at(-1)?.key).toBe(kept.at(-1));
    await commit(window(30, 45), window(15, 25), window(30, 40));
    expect(await chain()).toEqual([...kept, keyOf(window(30, 45))]);
  });

  test('takes the longer of two windows whose chains reach equally far', async () => {
    await commit(full(0), window(0, 15), window(15, 30), window(30, 45), window(0, 30));
    expect(await chain()).toEqual([full(0), window(0, 30), window(30, 45)].map(keyOf));
  });

  test('ignores a window that ends no later than it begins', async () => {
    await commit(full(0), window(0, 15), window(15, 15), window(15, 0));
    expect(await chain()).toEqual([full(0), window(0, 15)].map(keyOf));
  });

  test('never moves back, whatever is committed late', async () => {
    const minute = fc.integer({ min: 0, max: 8 });
    const scopes = fc.array(fc.tuple(minute, fc.integer({ min: 1, max: 4 })), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(scopes, async (windows) => {
        store = createMemoryObjectStore();
        await commit(full(0));
        let reached = at(0);
        for (const [from, length] of windows) {
          await commit(window(from, from + length));
          const links = (await findChain(store, layout))?.links ?? [];
          const scope = parseSuccessKey(layout, links.at(-1)?.key ?? '');
          const end = scope?.kind === 'incremental' ? scope.to : at(0);
          expect(end >= reached).toBe(true);
          reached = end;
        }
      }),
    );
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

describe('the history', () => {
  test('is every base with the windows that follow it, each time counted once', async () => {
    const first = [full(0), window(0, 15), window(15, 30)];
    const second = [full(60), window(60, 90), window(90, 105)];
    await commit(...first, ...second, window(0, 20), window(60, 75), window(75, 90));
    expect(await allCommits(store, layout)).toEqual([...first, ...second].map(keyOf));
  });

  test('counts the windows after a base that lies on the chain before it once', async () => {
    const scopes = [full(0), window(0, 15), window(15, 30), full(30), window(30, 45)];
    await commit(...scopes);
    expect(await allCommits(store, layout)).toEqual(scopes.map(keyOf));
  });

  test('needs a base', async () => {
    await commit(window(0, 15));
    expect(await allCommits(store, layout)).toEqual([]);
  });

  test('lists no object twice', async () => {
    await commit(full(0), window(0, 15), full(30), window(30, 45));
    listed = 0;
    await allCommits(store, layout);
    expect(listed).toBe(8);
  });
});
