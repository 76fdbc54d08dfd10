/** Owns the check that a table which came through chaos has the rows that its loads bring. */
import { expect } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import { knownTableOf, tableSchemaOf } from '../../src/iceberg/table-columns.js';
import { CHAOS_TABLE } from './chaos-loader.js';
import type { ChaosLoad } from './chaos-loads.js';
import { chaosStore } from './chaos-processes.js';
import type { ReaderName, Readers } from './iceberg-readers.js';
import { LakeTruth } from './lake-truth.js';

/** Has every one of `names` read the table. The columns of chaos' items only ever grow in number. */
export async function expectRows(
  readers: Readers,
  names: readonly ReaderName[],
  directory: string,
  loads: readonly ChaosLoad[],
): Promise<void> {
  const store = createFileObjectStore({ directory: chaosStore(directory) });
  const catalog = createFileCatalog({ store, lakePrefix: 'lake' });
  const { metadata, metadataLocation } = (await catalog.loadTable(CHAOS_TABLE))!;
  const schema = tableSchemaOf(knownTableOf(metadata));
  const truth = new LakeTruth();
  for (const { scope, changes } of loads) {
    if (scope.kind === 'incremental') truth.apply(schema, changes);
    else
      truth.replaceAll(
        schema,
        changes.map(({ newImage }) => newImage!),
      );
  }
  for (const reader of names) {
    const { rows } = await readers.read({ reader, metadataLocation, withRows: true });
    expect({ reader, rows }).toEqual({ reader, rows: truth.rows() });
  }
}
