/** Owns what the file catalog adds to the contract: its layout, its hint, and dying anywhere. */
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import { ErrorCode } from '../../src/core/errors.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Catalog, CatalogOutcome } from '../../src/iceberg/catalog.js';
import { formatTableMetadata, parseTableMetadata } from '../../src/iceberg/metadata-json.js';
import type { TableMetadata } from '../../src/iceberg/table-metadata.js';
import { brokenOff, heldStore, type OnPut } from '../support/catalog-held-stores.js';
import { appendCommit, nextSnapshot, tableMetadata } from '../support/catalog-tables.js';

const FOLDER = 'lake/orders/metadata';
const HINT = `${FOLDER}/version-hint.text`;
const KEPT = 100;

let store: ObjectStore;
let catalog: Catalog;

beforeEach(() => {
  store = createMemoryObjectStore();
  catalog = createFileCatalog({ store, lakePrefix: 'lake' });
});

const held = (onPut: OnPut): Catalog =>
  createFileCatalog({ store: heldStore(store, onPut), lakePrefix: 'lake' });
const put = async (key: string, text: string): Promise<unknown> =>
  await store.put(key, Buffer.from(text));
const read = async (key: string): Promise<string | undefined> => {
  const found = await store.get(key);
  return found && Buffer.from(found.body).toString();
};
const current = async (): Promise<TableMetadata> => (await catalog.loadTable('orders'))!.metadata;
const create = async (): Promise<TableMetadata> => {
  const metadata = tableMetadata(catalog.locationOf('orders'));
  await catalog.createTable('orders', metadata);
  return metadata;
};
const append = async (through = catalog, watermark = 'T'): Promise<CatalogOutcome> =>
  await through.commit('orders', appendCommit(await current(), { watermark }));
const versions = async (): Promise<number[]> => {
  const found: number[] = [];
  for await (const { key } of store.list(`${FOLDER}/v`)) {
    const [, version] = /v(\d+)\.(?:gz\.)?metadata\.json$/.exec(key) ?? [];
    if (version !== undefined) found.push(Number(version));
  }
  return found.sort((a, b) => a - b);
};
/** Versions that another tool has written, up to `last`. */
const writeVersions = async (first: number, last: number): Promise<void> => {
  const text = formatTableMetadata(tableMetadata(catalog.locationOf('orders')));
  for (let version = first; version <= last; version += 1) {
    await put(`${FOLDER}/v${version}.metadata.json`, text);
  }
};

test('files and hint are named as the hadoop catalog names them', async () => {
  await create();
  expect(await read(HINT)).toBe('1');
  await append();
  await append();
  expect(await versions()).toEqual([1, 2, 3]);
  expect(await read(HINT)).toBe('3');
  expect(await catalog.loadTable('orders')).toMatchObject({
    metadataLocation: 'memory://store/lake/orders/metadata/v3.metadata.json',
    metadata: {
      'metadata-log': [1, 2].map((version) => ({
        'metadata-file': `memory://store/${FOLDER}/v${version}.metadata.json`,
      })),
    },
  });
});

test.each([undefined, '', '1', '7', '99', '4711', 'rubbish'])(
  'whatever the hint says (%j), the highest version is the current one',
  async (hint) => {
    await writeVersions(5, 11);
    if (hint !== undefined) await put(HINT, hint);
    const { metadataLocation } = (await catalog.loadTable('orders'))!;
    expect(metadataLocation).toBe(`memory://store/${FOLDER}/v11.metadata.json`);
    await append();
    expect(await versions()).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    expect(await read(HINT)).toBe('12');
  },
);

test('what is not a version is none', async () => {
  await writeVersions(1, 2);
  for (const name of ['v9.json', 'vx.metadata.json', 'v3.metadata.json.tmp', 'v-4.metadata.json']) {
    await put(`${FOLDER}/${name}`, 'not metadata');
  }
  await put('lake/parquet-only/full/x.parquet', 'x');
  await put('lake/v1.metadata.json', 'x');
  expect(await catalog.loadTable('orders')).toMatchObject({
    metadataLocation: `memory://store/${FOLDER}/v2.metadata.json`,
  });
  expect(await catalog.tableNames()).toEqual(['orders']);
});

test('a table whose property asks for it is compressed, as Spark would', async () => {
  await create();
  const updates = { 'write.metadata.compression-codec': 'gzip' };
  const outcome = await catalog.commit('orders', {
    requirements: [],
    updates: [{ action: 'set-properties', updates }],
  });
  expect(outcome).toMatchObject({ outcome: 'committed' });
  await append();
  expect(await read(`${FOLDER}/v3.gz.metadata.json`)).toBeDefined();
  expect((await current()).snapshots).toHaveLength(1);
  const text = formatTableMetadata(await current());
  await store.put(`${FOLDER}/v4.metadata.json.gz`, gzipSync(text));
  expect(await catalog.loadTable('orders')).toMatchObject({
    metadataLocation: `memory://store/${FOLDER}/v4.metadata.json.gz`,
  });
});

test('who commits after a commit need not parse what it wrote', async () => {
  await create();
  const outcome = await catalog.commit('orders', appendCommit(await current(), {}));
  expect(outcome).toMatchObject({ outcome: 'committed' });
  const { table } = outcome as Extract<CatalogOutcome, { outcome: 'committed' }>;
  expect((await catalog.loadTable('orders'))?.metadata).toBe(table.metadata);
  const text = (await read(`${FOLDER}/v2.metadata.json`))!;
  expect(parseTableMetadata(text, 'v2')).toEqual(table.metadata);
});

describe('old versions', () => {
  test('are deleted when they have left the log, however many there are', async () => {
    await writeVersions(1, 1500);
    await append();
    expect(await versions()).toEqual(Array.from({ length: KEPT + 1 }, (_, n) => 1401 + n));
    for (let more = 0; more < 3; more += 1) await append();
    expect(await versions()).toEqual(Array.from({ length: KEPT + 1 }, (_, n) => 1404 + n));
  });

  test('are never those that the log names', async () => {
    await create();
    for (let done = 0; done < KEPT + 5; done += 1) await append();
    const { 'metadata-log': log } = await current();
    expect(log).toHaveLength(KEPT);
    for (const entry of log) {
      expect(await read(entry['metadata-file'].slice('memory://store/'.length))).toBeDefined();
    }
    expect(await versions()).toHaveLength(KEPT + 1);
  });

  test('are not made anew by a committer that was held up since', async () => {
    await create();
    const zombie = held(async (key) => {
      if (!key.endsWith('/v2.metadata.json')) return;
      for (let done = 0; done < KEPT + 5; done += 1) await append(catalog, 'living');
      expect((await versions())[0]).toBeGreaterThan(2);
    });
    await expect(append(zombie, 'dead')).rejects.toMatchObject({
      code: ErrorCode.Unreachable,
      retryable: true,
    });
    expect((await current()).properties['watermark']).toBe('living');
    expect(await read(HINT)).toBe(String(KEPT + 6));
    await append();
    expect((await versions())[0]).toBeGreaterThan(2);
  });

  test('do not come back as a new table', async () => {
    await create();
    for (let done = 0; done < KEPT + 5; done += 1) await append();
    const again = tableMetadata(catalog.locationOf('orders'));
    expect(await catalog.createTable('orders', again)).toMatchObject({ outcome: 'conflict' });
  });
});

describe('a commit', () => {
  test('whose answer was lost has taken place', async () => {
    await create();
    const losing = held(async (key, carryOut) => {
      await carryOut();
      if (key.endsWith('.metadata.json')) throw brokenOff(store);
    });
    expect(await append(losing)).toMatchObject({ outcome: 'committed' });
    expect((await current()).snapshots).toHaveLength(1);
    expect(await versions()).toEqual([1, 2]);
  });

  test('whose repetition was refused has taken place', async () => {
    const metadata = tableMetadata(catalog.locationOf('orders'));
    const repeating = held(async (_key, carryOut) => {
      await carryOut();
    });
    expect(await repeating.createTable('orders', metadata)).toMatchObject({ outcome: 'committed' });
    expect(await append(repeating)).toMatchObject({ outcome: 'committed' });
    expect((await current()).snapshots).toHaveLength(1);
  });

  test('that leaves no mark of its own is not guessed about', async () => {
    await create();
    const repeating = held(async (_key, carryOut) => {
      await carryOut();
    });
    const commit = {
      requirements: [],
      updates: [{ action: 'set-properties', updates: { a: '1' } }],
    } as const;
    await expect(repeating.commit('orders', commit)).rejects.toMatchObject({
      code: ErrorCode.Unreachable,
      retryable: true,
    });
    expect((await current()).properties['a']).toBe('1');
  });

  test('that did not reach the store has not taken place', async () => {
    await create();
    const broken = held((key) =>
      key.endsWith('.metadata.json') ? Promise.reject(brokenOff(store)) : Promise.resolve(),
    );
    await expect(append(broken)).rejects.toMatchObject({ code: ErrorCode.Unreachable });
    expect(await versions()).toEqual([1]);
    expect(await append()).toMatchObject({ outcome: 'committed' });
  });

  test('after which its process died is seen by the next one', async () => {
    await create();
    const dying = held((key) =>
      key === HINT ? Promise.reject(brokenOff(store)) : Promise.resolve(),
    );
    const snapshot = nextSnapshot(await current());
    const commit = appendCommit(await current(), { watermark: 'T' }, snapshot);
    expect(await dying.commit('orders', commit)).toMatchObject({ outcome: 'committed' });
    expect(await read(HINT)).toBe('1');
    expect(await catalog.commit('orders', commit)).toMatchObject({ outcome: 'conflict' });
    expect((await current()).snapshots).toEqual([snapshot]);
    await append();
    expect(await read(HINT)).toBe('3');
  });

  test('that asserts less than another changed takes place on top of it', async () => {
    await create();
    let first = true;
    const overtaken = held(async (key) => {
      if (!first || !key.endsWith('/v2.metadata.json')) return;
      first = false;
      await append();
    });
    const updates = [{ action: 'set-properties', updates: { a: '1' } }] as const;
    const outcome = await overtaken.commit('orders', { requirements: [], updates });
    expect(outcome).toMatchObject({ outcome: 'committed' });
    expect((await current()).snapshots).toHaveLength(1);
    expect((await current()).properties).toMatchObject({ a: '1', watermark: 'T' });
  });
});

test('the hint never falls back behind a committer that was held up', async () => {
  await create();
  let first = true;
  const slow = held(async (key) => {
    if (!first || key !== HINT) return;
    first = false;
    await append();
    await append();
  });
  await append(slow);
  expect(await versions()).toEqual([1, 2, 3, 4]);
  expect(await read(HINT)).toBe('4');
});

test('the hint does not stay at what a committer that was held up wrote', async () => {
  await create();
  const dying = held((key) =>
    key === HINT ? Promise.reject(brokenOff(store)) : Promise.resolve(),
  );
  await append(dying);
  const overtaken = held(async (key) => {
    if (key === HINT && (await read(HINT)) === '1') await put(HINT, '2');
  });
  await append(overtaken);
  expect(await read(HINT)).toBe('3');
});

test('a reader that is overtaken looks again', async () => {
  await create();
  let overtaken = false;
  const reader = createFileCatalog({
    lakePrefix: 'lake',
    store: {
      ...heldStore(store, () => Promise.resolve()),
      get: async (key) => {
        if (!overtaken) {
          overtaken = true;
          for (let done = 0; done < KEPT + 5; done += 1) await append();
        }
        return await store.get(key);
      },
    },
  });
  expect(await reader.loadTable('orders')).toEqual(await catalog.loadTable('orders'));
});

test('a table name that is no folder name is refused', () => {
  for (const name of ['..', '', 'a?b']) {
    expect(() => catalog.locationOf(name)).toThrow(
      expect.objectContaining({ code: ErrorCode.InvalidConfig }),
    );
  }
});
