/** Owns the check that windows take out rows which others have moved into partitions. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { firstLoads } from '../support/chaos-loads.js';
import { CHAOS_TABLE } from '../support/chaos-loader.js';
import { chaosFolder, chaosStore } from '../support/chaos-processes.js';
import { expectRows } from '../support/chaos-rows.js';
import { READERS, startReaders, type Readers } from '../support/iceberg-readers.js';
import { apply } from '../support/lake-loads.js';

let readers: Readers;
let directory: string;
beforeAll(async () => {
  readers = await startReaders();
  directory = await mkdtemp(join(tmpdir(), 'tidemark-partitions-'));
}, 600_000);
afterAll(async () => {
  await readers.close();
  await rm(directory, { recursive: true, force: true });
});

test('a table that Spark partitions and compacts stays in step', async () => {
  const spark = await readers.spark();
  const folder = chaosFolder(directory);
  const store = createFileObjectStore({ directory: chaosStore(directory) });
  const cacheDirectory = join(directory, 'cache');
  const lake = openLake({ store, lakePrefix: 'lake', format: 'iceberg', cacheDirectory });
  const loads = firstLoads({ seed: 1 }, 7);
  for (const [index, { fixture }] of loads.entries()) {
    if (index === 2) {
      await spark.sql(folder, 'ALTER TABLE {table} ADD PARTITION FIELD bucket(3, name)');
      await spark.compact(folder);
    }
    if (index === 4) {
      await spark.sql(folder, 'ALTER TABLE {table} ADD PARTITION FIELD truncate(2, pk)');
      await spark.compact(folder);
    }
    await apply(lake.table(CHAOS_TABLE), fixture());
    await expectRows(readers, READERS, directory, loads.slice(0, index + 1));
  }
  // Otherwise nothing was taken out of a partition.
  const specs = 'SELECT DISTINCT spec_id FROM {table}.delete_files ORDER BY spec_id';
  const found = await spark.sql(folder, specs);
  expect(found.map((row) => row['spec_id'])).toContain('2');
}, 600_000);
