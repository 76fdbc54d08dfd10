/** Owns the tests of reading exports from a store, the real capture among them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryObjectStore } from '../../../src/connectors/memory/memory-object-store.js';
import type { ObjectStore } from '../../../src/core/object-store.js';
import type { Item } from '../../../src/export/attribute-value.js';
import { parseInstant } from '../../../src/core/instant.js';
import type { Change } from '../../../src/export/change.js';
import type { ExpectedExport } from '../../../src/export/export-manifest.js';
import { createParquetLake } from '../../../src/processing/parquet-lake.js';
import { openLakeQuery } from '../../../src/processing/lake-query.js';
import { planBatches } from '../../../src/processing/plan-batches.js';
import { readAllChanges, storedFiles } from '../../../src/processing/read-changes.js';
import { readExport } from '../../../src/processing/read-export.js';
import { changeOf, putWithMd5, writeExport } from '../../support/export-fixtures.js';
import { COMMITTED_AT, at, itemsOf, puts, sortedByKey } from '../../support/lake-loads.js';

const FORMAT = { kind: 'full' as const, keyAttributes: ['pk'] };
const expected: ExpectedExport = {
  exportArn: 'arn:export',
  tableArn: 'arn:table',
  tableId: 'id',
  scope: { kind: 'full', exportTime: at(0) },
};
const items: readonly Item[] = [{ pk: { S: 'a' } }, { pk: { S: 'b' }, name: { S: 'Zoë 💥' } }];

let store: ObjectStore;
beforeEach(() => {
  store = createMemoryObjectStore();
});

async function collect(changes: AsyncIterable<Change>): Promise<readonly Change[]> {
  const all: Change[] = [];
  for await (const change of changes) all.push(change);
  return all;
}

describe('readExport', () => {
  test('reads an export whose first file is empty', async () => {
    const manifestKey = await writeExport(store, {
      expected,
      prefix: 'p',
      files: [[], puts(items), []],
    });
    const { manifest, files } = await readExport({ store, manifestKey, expected });
    expect(manifest.itemCount).toBe(2);
    expect(files.map((file) => file.itemCount)).toEqual([0, 2, 0]);
    const changes = await collect(readAllChanges(storedFiles(store, files), FORMAT));
    expect(changes.map((change) => change.newImage)).toEqual(items);
  });

  test('reads the records of a window', async () => {
    const scope = {
      kind: 'incremental' as const,
      window: { from: at(0), to: at(15) },
      view: 'NEW_AND_OLD_IMAGES' as const,
    };
    const change = changeOf({ pk: { S: 'a' } }, { oldImage: items[0]! });
    const wanted = { ...expected, scope };
    const manifestKey = await writeExport(store, {
      expected: wanted,
      prefix: 'p',
      files: [[change]],
    });
    const { files } = await readExport({ store, manifestKey, expected: wanted });
    expect(
      await collect(readAllChanges(storedFiles(store, files), { ...FORMAT, kind: 'incremental' })),
    ).toEqual([change]);
  });

  test.each(['manifest-summary', 'manifest-files'])('refuses a %s that changed', async (name) => {
    const manifestKey = await writeExport(store, { expected, prefix: 'p', files: [puts(items)] });
    const key = manifestKey.replace('manifest-summary', name);
    const body = (await store.get(key))!.body;
    await store.put(key, Buffer.from(`${Buffer.from(body).toString()} `));
    const read = readExport({ store, manifestKey, expected });
    await expect(read).rejects.toMatchObject({ code: 'CorruptExport', subject: key });
  });

  test.each([
    'manifest-summary.json',
    'manifest-summary.md5',
    'manifest-files.json',
    'manifest-files.md5',
  ])('refuses an export without %s', async (name) => {
    const manifestKey = await writeExport(store, { expected, prefix: 'p', files: [[]] });
    const key = manifestKey.replace('manifest-summary.json', name);
    await store.delete([key]);
    const read = readExport({ store, manifestKey, expected });
    await expect(read).rejects.toMatchObject({ code: 'CorruptExport', subject: key });
  });
});

describe('readChanges', () => {
  async function fileOf(body: Uint8Array, itemCount: number, md5?: string) {
    const { createHash } = await import('node:crypto');
    await store.put('f', body);
    return { key: 'f', itemCount, md5: md5 ?? createHash('md5').update(body).digest('base64') };
  }
  const LINES = '{"Item":{"pk":{"S":"a"}}}\n{"Item":{"pk":{"S":"b"}}}';

  test('reads lines cut anywhere, even within a character', async () => {
    const line = `{"Item":{"pk":{"S":"💥"}}}\n`;
    const file = await fileOf(gzipSync(line.repeat(5000)), 5000);
    const byteByByte: ObjectStore = {
      ...store,
      openRead: async (key) => {
        const body = (await store.get(key))!.body;
        return (async function* () {
          for (const byte of body) yield await Promise.resolve(Uint8Array.of(byte));
        })();
      },
    };
    const changes = await collect(readAllChanges(storedFiles(byteByByte, [file]), FORMAT));
    expect(changes).toHaveLength(5000);
    expect(new Set(changes.map((change) => JSON.stringify(change))).size).toBe(1);
  });

  test('reads a last line without an end', async () => {
    expect(
      await collect(readAllChanges(storedFiles(store, [await fileOf(gzipSync(LINES), 2)]), FORMAT)),
    ).toHaveLength(2);
  });

  test.each([
    ['another MD5', gzipSync(LINES), 2, 'FjvgqIxwymKf1RbbqtrZag=='],
    ['too few items', gzipSync(LINES), 3, undefined],
    ['too many items', gzipSync(LINES), 1, undefined],
    ['no gzip', Buffer.from(LINES), 2, undefined],
    ['a cut off end', gzipSync(LINES).subarray(0, 30), 2, undefined],
    ['bytes that are not UTF-8', gzipSync(Buffer.from([0x7b, 0xff, 0x7d])), 1, undefined],
    ['no bytes', new Uint8Array(0), 1, undefined],
  ])('names a file with %s', async (_what, body, itemCount, md5) => {
    const read = collect(
      readAllChanges(storedFiles(store, [await fileOf(body, itemCount, md5)]), FORMAT),
    );
    await expect(read).rejects.toMatchObject({ code: 'CorruptExport', subject: 'f' });
  });

  test('names a file that is not there', async () => {
    const read = collect(
      readAllChanges(storedFiles(store, [{ key: 'g', itemCount: 0, md5: '' }]), FORMAT),
    );
    await expect(read).rejects.toMatchObject({ code: 'CorruptExport', subject: 'g' });
  });

  test('tells a broken connection from a broken file', async () => {
    const file = await fileOf(gzipSync(LINES), 2);
    const broken: ObjectStore = {
      ...store,
      openRead: () =>
        Promise.resolve(
          (async function* () {
            yield gzipSync(LINES).subarray(0, 12);
            throw new Error('ECONNRESET');
          })(),
        ),
    };
    await expect(
      collect(readAllChanges(storedFiles(broken, [file]), FORMAT)),
    ).rejects.toMatchObject({
      code: 'Unreachable',
      retryable: true,
    });
  });

  test('stops reading when its reader does', async () => {
    const file = await fileOf(gzipSync(LINES), 2);
    for await (const change of readAllChanges(storedFiles(store, [file]), FORMAT)) {
      expect(change.key).toEqual({ pk: { S: 'a' } });
      break;
    }
  });
});

const CAPTURE = join(import.meta.dirname, '../../../../shared/fixtures/real-full-export');
const captureTest = existsSync(CAPTURE) ? test : test.skip;

captureTest(
  'a real full export loads and comes back item for item (needs the real capture)',
  async () => {
    const folder = 'AWSDynamoDB/01715685260608-c488b4e1';
    const text = (name: string): string => readFileSync(join(CAPTURE, folder, name), 'utf8');
    const prefix = 'dynamodb-export';
    // The capture has milliseconds in its export time, which no export we ask for has.
    const summary = text('manifest-summary.json').replace('11:14:20.608Z","s3B', '11:14:20Z","s3B');
    const manifestKey = `${prefix}/${folder}/manifest-summary.json`;
    await putWithMd5(store, manifestKey, summary);
    await putWithMd5(store, `${prefix}/${folder}/manifest-files.json`, text('manifest-files.json'));
    const data = 'data/uimbi7eofu2b5kzkxe63gsvb6i.json.gz';
    await store.put(`${prefix}/${folder}/${data}`, readFileSync(join(CAPTURE, folder, data)));
    const exportTime = parseInstant('2024-05-14T11:14:20Z')!;
    const { exportArn, tableArn, tableId } = JSON.parse(summary) as Record<string, string>;
    const scope = { kind: 'full' as const, exportTime };
    const verified = await readExport({
      store,
      manifestKey,
      expected: { exportArn: exportArn!, tableArn: tableArn!, tableId: tableId!, scope },
    });
    const format = { kind: 'full' as const, keyAttributes: ['id'] };
    const [batch] = planBatches(verified);
    const table = createParquetLake({ store, lakePrefix: 'lake' }).table('S3ExportTest');
    const load = {
      scope,
      tableId: tableId!,
      epoch: 1,
      exportArn: exportArn!,
      manifestMd5: verified.manifestMd5,
      itemCount: verified.manifest.itemCount,
      keyAttributes: ['id'],
    };
    await table.writeBatch(load, batch!, storedFiles(store, verified.files));
    expect((await table.commit(load, 1, COMMITTED_AT)).counts?.load).toBe(3);
    const changes = await collect(readAllChanges(storedFiles(store, verified.files), format));
    const query = await openLakeQuery({ store, lakePrefix: 'lake' });
    const byText = (all: readonly Item[]): readonly string[] =>
      all.map((item) => JSON.stringify(Object.entries(item).sort())).sort();
    const loaded = await itemsOf({ store, lakePrefix: 'lake' }, 'S3ExportTest');
    expect(byText(sortedByKey(loaded))).toEqual(byText(changes.map((change) => change.newImage!)));
    const { rows } = await query.run(
      'SELECT count(*)::INTEGER, sum(bar)::INTEGER FROM "S3ExportTest"',
    );
    expect(rows).toEqual([[3, 42]]);
    await query.close();
  },
);
