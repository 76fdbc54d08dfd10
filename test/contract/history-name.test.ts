/** Owns who may have the name of a table's history, and where it is not shown. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Catalog } from '../../src/iceberg/catalog.js';
import type { LakeTable } from '../../src/lake/lake.js';
import type { TableOptions } from '../../src/lake/table-options.js';
import { openLakeQuery } from '../../src/processing/lake-query.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { apply, full, loadOf, puts, type LoadFixture } from '../support/lake-loads.js';

let directory: string;
let store: ObjectStore;
let catalog: Catalog;
let table: LakeTable;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'history-name-'));
  store = createMemoryObjectStore();
  catalog = createFileCatalog({ store, lakePrefix: '' });
  table = openTable('orders', { changes: true });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function openTable(name: string, options?: TableOptions): LakeTable {
  const cacheDirectory = join(directory, name);
  return openLake({ store, lakePrefix: '', format: 'iceberg', cacheDirectory }).table(
    name,
    options,
  );
}

const base = (): LoadFixture => loadOf(full(0), [puts([{ pk: { S: 'a' } }, { pk: { S: 'b' } }])]);

describe('the name of a history', () => {
  test('is no table of the lake', async () => {
    await apply(table, base());
    const lake = openLake({ store, lakePrefix: '', format: 'iceberg', cacheDirectory: directory });
    expect(await lake.tableNames()).toEqual(['orders']);
    const query = await openLakeQuery({ store, lakePrefix: '' });
    expect(query.tableNames).toEqual(['orders']);
    await query.close();
  });

  test('is refused to a table that comes later', async () => {
    await apply(table, base());
    const refusal = {
      code: 'InvalidConfig',
      subject: 'orders_changes',
      hint: 'Set changes: false for orders, or another lakePrefix for one of the two.',
    };
    const late = openTable('orders_changes');
    await expect(late.readState()).rejects.toMatchObject(refusal);
    await expect(apply(late, base())).rejects.toMatchObject(refusal);
  });

  test('is not taken from a table that has it', async () => {
    const early = openTable('orders_changes');
    await apply(early, base());
    const refusal = { code: 'InvalidConfig', subject: 'orders_changes' };
    await expect(table.readState()).rejects.toMatchObject(refusal);
    await expect(apply(table, base())).rejects.toMatchObject(refusal);
    expect(await catalog.tableNames()).toEqual(['orders_changes']);
    const query = await openLakeQuery({ store, lakePrefix: '' });
    const { rows } = await query.run('SELECT count(*)::INTEGER FROM orders_changes');
    expect(rows).toEqual([[2]]);
    await query.close();
  });
});

test('the name of a history is not taken from a table of directories, nor given to one', async () => {
  const place = { store, lakePrefix: '', cacheDirectory: directory };
  const lake = openLake({ ...place, format: 'parquet' });
  await apply(lake.table('orders_changes'), base());
  const refusal = { code: 'InvalidConfig', subject: 'orders_changes' };
  await expect(table.readState()).rejects.toMatchObject(refusal);
  await apply(openTable('other', { changes: true }), base());
  await expect(lake.table('other_changes').readState()).rejects.toMatchObject({
    code: 'InvalidConfig',
    subject: 'other_changes',
  });
});
