/** Owns the checks of which data files can be written anew without a loss. */
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from '@jest/globals';
import type { IcebergField } from '../../../src/iceberg/iceberg-schema.js';
import type { KnownTable } from '../../../src/iceberg/table-columns.js';
import type { ParquetField } from '../../../src/parquet/parquet-field.js';
import { keepsAllColumns } from '../../../src/processing/iceberg/care/rows-of-file.js';
import { withFile, writeParquet } from '../../support/parquet-files.js';

/** A table of `pk`, a struct `m` of `city`, a list `tags`, and the system columns. */
function tableWith(...theirs: readonly IcebergField[]): KnownTable {
  const field = (id: number, name: string, type: IcebergField['type']): IcebergField => ({
    id,
    name,
    required: false,
    type,
  });
  return {
    schema: {
      type: 'struct',
      'schema-id': 0,
      fields: [
        field(1, 'pk', 'string'),
        field(2, 'm', { type: 'struct', fields: [field(3, 'city', 'string')] }),
        field(4, 'tags', {
          type: 'list',
          'element-id': 5,
          'element-required': false,
          element: 'string',
        }),
        field(6, '_written_at_micros', 'long'),
        field(7, '_rest', 'string'),
        ...theirs,
      ],
    },
    columns: {
      keyAttributes: ['pk'],
      omitted: [],
      columns: [
        { id: 1, attribute: 'pk', type: { kind: 'string' } },
        {
          id: 2,
          attribute: 'm',
          type: {
            kind: 'struct',
            fields: [{ id: 3, attribute: 'city', type: { kind: 'string' } }],
          },
        },
        {
          id: 4,
          attribute: 'tags',
          type: { kind: 'list', elementId: 5, element: { kind: 'string' } },
        },
      ],
      writtenAtMicrosId: 6,
      restId: 7,
    },
  };
}

const column = (id: number, name: string): ParquetField => ({
  id,
  name,
  required: false,
  type: { kind: 'string' },
});
const struct = (...fields: readonly ParquetField[]): ParquetField => ({
  ...column(2, 'm'),
  type: { kind: 'struct', fields },
});
const list: ParquetField = {
  ...column(4, 'tags'),
  type: { kind: 'list', element: column(5, 'element') },
};

async function keeps(table: KnownTable, fields: readonly ParquetField[]): Promise<boolean> {
  const { bytes } = await writeParquet({ fields, compression: 'none' }, []);
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    return await withFile(bytes, (path) => keepsAllColumns(connection, table, path));
  } finally {
    instance.closeSync();
  }
}

test('of our columns, under whatever names at the top', async () => {
  const fields = [column(1, 'an older name'), struct(column(3, 'city')), list, column(7, '_rest')];
  expect(await keeps(tableWith(), fields)).toBe(true);
});

test('not with a column that another writer added', async () => {
  const theirs = { id: 8, name: 'score', required: false, type: 'string' } as const;
  const fields = [column(1, 'pk'), column(8, 'score')];
  expect(await keeps(tableWith(theirs), fields)).toBe(false);
  // It was dropped since: nobody reads it any more.
  expect(await keeps(tableWith(), fields)).toBe(true);
});

test('not when a field of a struct had another name', async () => {
  expect(await keeps(tableWith(), [column(1, 'pk'), struct(column(3, 'town'))])).toBe(false);
});

test('not without ids, by which columns are found', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    await withFile(new Uint8Array(), async (path) => {
      await connection.run(`COPY (SELECT 'a' AS pk) TO '${path}' (FORMAT parquet)`);
      expect(await keepsAllColumns(connection, tableWith(), path)).toBe(false);
    });
  } finally {
    instance.closeSync();
  }
});
