/** Owns the test of workers that make one table ready at the same moment. */
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Item } from '../../src/export/attribute-value.js';
import { NO_CHOICES } from '../../src/lake/column-choices.js';
import { addItem, newTableEvidence, type TableEvidence } from '../../src/lake/evidence.js';
import { prepareTable, type PreparedTable } from '../../src/processing/iceberg/prepare-table.js';
import { heldStore } from '../support/catalog-held-stores.js';
import { full, loadOf } from '../support/lake-loads.js';

const NOW_MS = 1_795_507_200_000;
const { load } = loadOf(full(0), [[]]);

function evidenceOf(item: Item): TableEvidence {
  const evidence = newTableEvidence();
  addItem(evidence, item, load.keyAttributes);
  return evidence;
}

function prepare(store: ObjectStore, item: Item): Promise<PreparedTable> {
  const options = {
    catalog: createFileCatalog({ store, lakePrefix: '', now: () => NOW_MS }),
    tableName: 'orders',
    choices: { options: {}, columns: NO_CHOICES },
    newUuid: randomUUID,
    nowMs: () => NOW_MS,
  };
  return prepareTable(options, load, evidenceOf(item));
}

test('two that add the same column in the same millisecond end with one', async () => {
  const store = createMemoryObjectStore();
  await prepare(store, { pk: { S: 'a' } });
  const wider: Item = { pk: { S: 'a' }, total: { N: '1' } };
  const other: PreparedTable[] = [];
  const held = heldStore(store, async (key) => {
    if (!key.endsWith('/v2.metadata.json') || other.length > 0) return;
    other.push(await prepare(store, wider));
  });
  const own = await prepare(held, wider);
  expect(other.map(({ known }) => known)).toEqual([own.known]);
  expect(own.metadata.schemas).toHaveLength(2);
});

test('one whose answer was lost knows that it added the column', async () => {
  const store = createMemoryObjectStore();
  await prepare(store, { pk: { S: 'a' } });
  const repeating = heldStore(store, async (key, carryOut) => {
    if (key.endsWith('/v2.metadata.json')) await carryOut();
  });
  const { metadata } = await prepare(repeating, { pk: { S: 'a' }, total: { N: '1' } });
  expect(metadata.schemas).toHaveLength(2);
});
