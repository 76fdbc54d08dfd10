/** Owns the check that Iceberg's own hadoop catalog, which is Spark's, and ours take turns on a table. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import { tableMetadata } from '../support/catalog-tables.js';
import { icebergJars } from '../support/rest-catalog-server.js';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(
  new URL('../support/hadoop-catalog/SetProperty.java', import.meta.url),
);

test('each sees what the other committed, in a folder with a space in its name', async () => {
  const directory = join(await mkdtemp(join(tmpdir(), 'tidemark-hadoop-')), 'my lake');
  const jars = await icebergJars();
  const setByJava = async (name: string, value: string): Promise<string> => {
    const table = ['db.orders.v2', name, value];
    const { stdout } = await run('java', ['-cp', `${jars}/*`, PROGRAM, directory, ...table]);
    return stdout;
  };
  try {
    const store = createFileObjectStore({ directory });
    const catalog = createFileCatalog({ store, lakePrefix: 'db/orders' });
    const metadata = tableMetadata(catalog.locationOf('v2'));
    await catalog.createTable('v2', metadata);
    for (const watermark of ['T1', 'T2']) {
      const updates = [{ action: 'set-properties', updates: { watermark } }] as const;
      await catalog.commit('v2', { requirements: [], updates });
      const seen = await setByJava('seen', watermark);
      expect(seen).toContain('tables [db.orders.v2]');
      expect(seen).toContain(`uuid ${metadata['table-uuid']}`);
      expect(seen).toContain(`watermark ${watermark}`);
      expect(seen).toContain(
        'schema 7: pk: required string (the key) 11: element: optional string',
      );
      const table = await catalog.loadTable('v2');
      expect(table?.metadata.properties).toMatchObject({ watermark, seen: watermark });
    }
    const hint = join(directory, 'db/orders/v2/metadata/version-hint.text');
    expect(await readFile(hint, 'utf8')).toBe('5');
  } finally {
    await rm(join(directory, '..'), { recursive: true });
  }
}, 600_000);
