/** Owns the law of rows: whatever the item and the schema, decoding a row gives the item back. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Item } from '../../src/export/attribute-value.js';
import { decodeRow } from '../../src/lake/decode-row.js';
import { rowEncoder } from '../../src/lake/encode-row.js';
import {
  addItem,
  formatTableEvidence,
  mergeTableEvidence,
  newTableEvidence,
  parseTableEvidence,
  type TableEvidence,
} from '../../src/lake/evidence.js';
import type { TableSchema } from '../../src/lake/column-type.js';
import { settleSchema } from '../../src/lake/settle-schema.js';
import { item, keyedItem } from '../support/export-fixtures.js';

const KEYS = ['pk'];

function evidenceOf(items: readonly Item[]): TableEvidence {
  const evidence = newTableEvidence();
  for (const each of items) addItem(evidence, each, KEYS);
  return evidence;
}

function expectExact(schema: TableSchema, items: readonly Item[]): void {
  const encode = rowEncoder(schema);
  for (const each of items) expect(decodeRow(schema.columns, encode(each))).toEqual(each);
}

describe('rows', () => {
  test('give back every item, under every schema that can be reached', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(keyedItem, { maxLength: 6 }), { minLength: 1, maxLength: 4 }),
        fc.array(item, { maxLength: 6 }),
        (loads, strangers) => {
          let schema: TableSchema | undefined;
          for (const load of loads) {
            schema = settleSchema(schema, evidenceOf(load), KEYS);
            expectExact(schema, load);
            expectExact(schema, strangers);
            expectExact(schema, loads.flat());
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('keep every column and its name when a schema widens', () => {
    fc.assert(
      fc.property(fc.array(keyedItem), fc.array(keyedItem), (first, second) => {
        const old = settleSchema(undefined, evidenceOf(first), KEYS);
        const wider = settleSchema(old, evidenceOf(second), KEYS);
        const names = (schema: TableSchema): readonly string[] =>
          schema.columns.map((column) => `${column.attribute}→${column.name}`);
        // Only a key that was never seen before may come in front.
        expect(names(wider).filter((name) => names(old).includes(name))).toEqual(names(old));
        const lower = wider.columns.map((column) => column.name.toLowerCase());
        expect(new Set(lower).size).toBe(lower.length);
      }),
    );
  });

  test('settle to one schema however the evidence is put together', () => {
    fc.assert(
      fc.property(fc.array(fc.array(keyedItem), { maxLength: 5 }), (batches) => {
        const whole = settleSchema(undefined, evidenceOf(batches.flat()), KEYS);
        const merged = newTableEvidence();
        for (const batch of batches.toReversed()) {
          mergeTableEvidence(merged, parseTableEvidence(formatTableEvidence(evidenceOf(batch))));
        }
        expect(settleSchema(undefined, merged, KEYS)).toEqual(whole);
      }),
    );
  });
});
