/** Owns the tests of an export's files, against the specification and a real capture. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { createMemoryObjectStore } from '../../../src/connectors/memory/memory-object-store.js';
import type { ObjectStore } from '../../../src/core/object-store.js';
import { writeExportFiles, type ExportRow } from '../../../src/local/exports/export-files.js';
import type { ExportRecord, OrderedScope } from '../../../src/local/exports/export-record.js';
import { readText } from '../../support/local-aws.js';

const T = 1_795_507_200_000_000n;
const FULL: OrderedScope = { kind: 'full', timeMicros: T };
const INCREMENTAL: OrderedScope = {
  kind: 'incremental',
  fromMicros: T - 900_000_000n,
  toMicros: T,
  view: 'NEW_AND_OLD_IMAGES',
};

const recordOf = (scope: OrderedScope, prefix: string | undefined): ExportRecord => ({
  exportArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/orders/export/01795507200000-1a2b3c4d',
  order: {
    tableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/orders',
    bucket: 'exports',
    bucketOwner: undefined,
    prefix,
    sseAlgorithm: 'AES256',
    sseKmsKeyId: undefined,
    scope,
  },
  fingerprint: '',
  clientToken: '',
  tableId: '0b9e2f4c-0000-4000-8000-000000000000',
  keyAttributes: ['pk'],
  startMicros: T,
  endMicros: T + 300_000_000n,
  outcome: undefined,
});
const row = (key: string): ExportRow => ({
  key,
  line: `{"Item":{"pk":{"S":"${key}"}}}`,
  sizeBytes: 7,
});
const md5 = (data: Uint8Array): Buffer => createHash('md5').update(data).digest();
const keysOf = async (store: ObjectStore): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
};

interface ManifestLine {
  readonly itemCount: number;
  readonly md5Checksum: string;
  readonly etag: string;
  readonly dataFileS3Key: string;
}
const linesOf = (manifest: string): ManifestLine[] =>
  manifest
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ManifestLine);

describe('layout', () => {
  test.each([
    [undefined, ''],
    ['a/b', 'a/b/'],
    ['a/b/', 'a/b/'],
  ])('a full export under prefix %p', async (prefix, root) => {
    const store = createMemoryObjectStore();
    const outcome = await writeExportFiles(store, recordOf(FULL, prefix), [row('x')]);
    const folder = `${root}AWSDynamoDB/01795507200000-1a2b3c4d`;
    expect(outcome).toEqual({
      status: 'COMPLETED',
      manifestKey: `${folder}/manifest-summary.json`,
      itemCount: 1,
      billedSizeBytes: 7,
    });
    const keys = await keysOf(store);
    expect(keys.filter((key) => !key.includes('/data/'))).toEqual(
      ['files.json', 'files.md5', 'summary.json', 'summary.md5'].map(
        (name) => `${folder}/manifest-${name}`,
      ),
    );
    for (const key of keys.filter((name) => name.includes('/data/'))) {
      expect(key.slice(folder.length)).toMatch(/^\/data\/[a-z2-7]{26}\.json\.gz$/);
    }
  });

  test('incremental exports share a data folder, and their files never meet', async () => {
    const store = createMemoryObjectStore();
    const first = recordOf(INCREMENTAL, 'p');
    const second = { ...first, exportArn: first.exportArn.replace('1a2b3c4d', '00000000') };
    await writeExportFiles(store, first, [row('x')]);
    const before = await keysOf(store);
    await writeExportFiles(store, second, [row('x')]);
    const data = (await keysOf(store)).filter((key) => key.startsWith('p/AWSDynamoDB/data/'));
    expect(data.length).toBe(
      2 * before.filter((key) => key.startsWith('p/AWSDynamoDB/data/')).length,
    );
  });

  test('checksums, counts, and an empty file in the first line', async () => {
    const store = createMemoryObjectStore();
    const record = recordOf(FULL, undefined);
    const rows = ['a', 'b'].map(row);
    await writeExportFiles(store, record, rows);
    const folder = 'AWSDynamoDB/01795507200000-1a2b3c4d';
    const lines = linesOf(await readText(store, `${folder}/manifest-files.json`));
    expect(lines[0]).toMatchObject({ itemCount: 0, md5Checksum: 'FjvgqIxwymKf1RbbqtrZag==' });
    let records = 0;
    for (const { dataFileS3Key, itemCount, md5Checksum, etag } of lines) {
      const { body } = (await store.get(dataFileS3Key))!;
      expect(md5(body).toString('base64')).toBe(md5Checksum);
      expect(`${md5(md5(body)).toString('hex')}-1`).toBe(etag);
      if (itemCount === 0) expect(body.length).toBe(20);
      const text = gunzipSync(body).toString('utf8');
      expect(text.split('\n').length - 1).toBe(itemCount);
      records += itemCount;
    }
    expect(records).toBe(2);
    for (const name of ['files', 'summary']) {
      const { body } = (await store.get(`${folder}/manifest-${name}.json`))!;
      const told = await readText(store, `${folder}/manifest-${name}.md5`);
      expect(told).toBe(md5(body).toString('base64'));
      expect(told).toHaveLength(24);
    }
  });

  test('written again, the objects are the same', async () => {
    const store = createMemoryObjectStore();
    const rows = ['a', 'b', 'c'].map(row);
    const etags = async (): Promise<[string, string][]> => {
      await writeExportFiles(store, recordOf(INCREMENTAL, 'p'), rows);
      const keys = await keysOf(store);
      return Promise.all(keys.map(async (key) => [key, (await store.get(key))!.etag]));
    };
    expect(await etags()).toEqual(await etags());
  });

  test('the summary of an incremental export, member by member', async () => {
    const store = createMemoryObjectStore();
    await writeExportFiles(store, recordOf(INCREMENTAL, 'p'), []);
    const key = 'p/AWSDynamoDB/01795507200000-1a2b3c4d/manifest-summary.json';
    expect(await readText(store, key)).toBe(
      '{"version":"2023-08-01",' +
        '"exportArn":"arn:aws:dynamodb:us-east-1:000000000000:table/orders/export/01795507200000-1a2b3c4d",' +
        '"startTime":"2026-11-24T08:00:00.000Z","endTime":"2026-11-24T08:05:00.000Z",' +
        '"tableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/orders",' +
        '"tableId":"0b9e2f4c-0000-4000-8000-000000000000",' +
        '"exportFromTime":"2026-11-24T07:45:00.000Z","exportToTime":"2026-11-24T08:00:00.000Z",' +
        '"s3Bucket":"exports","s3Prefix":"p","s3SseAlgorithm":"AES256","s3SseKmsKeyId":null,' +
        '"manifestFilesS3Key":"p/AWSDynamoDB/01795507200000-1a2b3c4d/manifest-files.json",' +
        '"billedSizeBytes":10000000,"itemCount":0,"outputFormat":"DYNAMODB_JSON",' +
        '"outputView":"NEW_AND_OLD_IMAGES","exportType":"INCREMENTAL_EXPORT"}\n',
    );
  });
});

const capture = join(import.meta.dirname, '../../../../shared/fixtures/real-full-export');
const captured = existsSync(capture);
const title = captured
  ? 'as a real capture'
  : 'as a real capture (skipped: the capture is not here)';

(captured ? describe : describe.skip)(title, () => {
  const folder = (): string => {
    const root = join(capture, 'AWSDynamoDB');
    return join(root, readdirSync(root)[0]!);
  };
  const real = (name: string): Buffer => readFileSync(join(folder(), name));
  const ours = async (): Promise<ObjectStore> => {
    const store = createMemoryObjectStore();
    await writeExportFiles(store, recordOf(FULL, 'dynamodb-export'), [row('a')]);
    return store;
  };
  const at = 'dynamodb-export/AWSDynamoDB/01795507200000-1a2b3c4d';

  test.each(['manifest-summary.json', 'manifest-files.json'])(
    '%s has the same members in the same order, of the same types, and ends alike',
    async (name) => {
      const mine = await readText(await ours(), `${at}/${name}`);
      const theirs = real(name).toString('utf8');
      const shape = (text: string): [string, string][] =>
        Object.entries(JSON.parse(text.split('\n')[0]!) as object).map(([member, value]) => [
          member,
          typeof value,
        ]);
      expect(shape(mine)).toEqual(shape(theirs));
      expect(mine.slice(-2)).toBe(theirs.slice(-2));
    },
  );

  test('checksums follow the same rule, files have the same kind of name and the same header', async () => {
    const store = await ours();
    const [theirs] = linesOf(real('manifest-files.json').toString('utf8'));
    const file = theirs!.dataFileS3Key.split('/').pop()!;
    const body = real(`data/${file}`);
    expect(md5(body).toString('base64')).toBe(theirs!.md5Checksum);
    expect(`${md5(md5(body)).toString('hex')}-1`).toBe(theirs!.etag);
    expect(file).toMatch(/^[a-z2-7]{26}\.json\.gz$/);
    const [mine] = linesOf(await readText(store, `${at}/manifest-files.json`));
    const mineBody = (await store.get(mine!.dataFileS3Key))!.body;
    expect(Buffer.from(mineBody).subarray(0, 10)).toEqual(body.subarray(0, 10));
    expect(gunzipSync(body).toString('utf8')).toMatch(/^\{"Item":\{.*\}\}\n$/s);
  });
});
