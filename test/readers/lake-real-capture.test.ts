/** Owns the check of an export that DynamoDB itself wrote: readers see its items, value by value. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import { parseInstant } from '../../src/core/instant.js';
import { loadExport, openExport } from '../../src/processing/load-export.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { byCodePoint, canonicalRow, type CanonicalRow } from '../support/canonical-row.js';
import { putWithMd5 } from '../support/export-fixtures.js';
import { READERS, startReaders, type Readers } from '../support/iceberg-readers.js';
import { COMMITTED_AT } from '../support/lake-loads.js';

const CAPTURE = join(import.meta.dirname, '../../../shared/fixtures/real-full-export');
const captureTest = existsSync(CAPTURE) ? test : test.skip;
const FOLDER = 'AWSDynamoDB/01715685260608-c488b4e1';
const DATA = 'data/uimbi7eofu2b5kzkxe63gsvb6i.json.gz';
const PREFIX = 'dynamodb-export';

let readers: Readers;
let directory: string;
beforeAll(async () => {
  readers = await startReaders();
  directory = await mkdtemp(join(tmpdir(), 'tidemark-capture-'));
}, 600_000);
afterAll(async () => {
  await readers.close();
  await rm(directory, { recursive: true, force: true });
});

/** The capture's items, read off its data file. NULL tells no type: it lies in `_rest`, in its place. */
const ROWS: readonly CanonicalRow[] = [
  { id: 'bar', baz: 0n },
  {
    id: 'K3TXQk84Si',
    a: false,
    c: ['8gfX8dh0xa', 'fRjHZJ2Ce9'],
    d: [3n, 2n],
    e: ['{"N":"1"}', '{"S":"Dsb87qc6Es"}'],
    f: { i: true, g: 9n },
    j: Buffer.from('hello'),
    k: [Buffer.from('is fast'), Buffer.from('scylladb')],
    _rest: '{"b":{"NULL":true},"f":{"M":{"h":{"NULL":true},"i":{"BOOL":true},"g":{"N":"9"}}}}',
  },
  { id: 'foo', bar: 42n },
];

captureTest.each(READERS)(
  '%s sees all ten types in a real full export (needs the real capture)',
  async (reader) => {
    const store = createFileObjectStore({ directory: join(directory, reader) });
    await loadCapture(store, join(directory, `${reader}-cache`));
    const catalog = createFileCatalog({ store, lakePrefix: 'lake' });
    const { metadataLocation } = (await catalog.loadTable('S3ExportTest'))!;
    const { rows } = await readers.read({ reader, metadataLocation, withRows: true });
    expect(rows).toEqual(ROWS.map(canonicalRow).sort(byCodePoint));
  },
  120_000,
);

/** Loads the export from where DynamoDB put it; the capture itself has no MD5s of its manifests. */
async function loadCapture(store: ObjectStore, cacheDirectory: string): Promise<void> {
  const file = (name: string): Buffer => readFileSync(join(CAPTURE, FOLDER, name));
  // The capture has milliseconds in its export time, which no export we ask for has.
  const summary = file('manifest-summary.json').toString();
  const manifestKey = `${PREFIX}/${FOLDER}/manifest-summary.json`;
  await putWithMd5(store, manifestKey, summary.replace('11:14:20.608Z","s3B', '11:14:20Z","s3B'));
  const list = file('manifest-files.json').toString();
  await putWithMd5(store, `${PREFIX}/${FOLDER}/manifest-files.json`, list);
  await store.put(`${PREFIX}/${FOLDER}/${DATA}`, file(DATA));
  const { exportArn = '', tableId = '' } = JSON.parse(summary) as Partial<Record<string, string>>;
  const opened = await openExport(
    { store, manifestKey },
    {
      scope: { kind: 'full', exportTime: parseInstant('2024-05-14T11:14:20Z')! },
      tableId,
      epoch: 1,
      exportArn,
      keyAttributes: ['id'],
      batchBytes: 1_000_000,
    },
  );
  const lake = openLake({ store, lakePrefix: 'lake', format: 'iceberg', cacheDirectory });
  await loadExport(lake.table('S3ExportTest'), opened, {
    concurrency: 1,
    signal: new AbortController().signal,
    now: () => COMMITTED_AT,
    onRecords: () => undefined,
  });
}
