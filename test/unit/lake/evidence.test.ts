/** Owns the tests of evidence at its limits; test/property/lake-row.test.ts has its laws. */
import { expect, test } from '@jest/globals';
import type { Item } from '../../../src/export/attribute-value.js';
import {
  MAX_ATTRIBUTES,
  MAX_FIELDS,
  addItem,
  formatTableEvidence,
  mergeTableEvidence,
  newTableEvidence,
  parseTableEvidence,
  type TableEvidence,
} from '../../../src/lake/evidence.js';

function evidenceOf(...items: readonly Item[]): TableEvidence {
  const evidence = newTableEvidence();
  for (const item of items) addItem(evidence, item, ['pk']);
  return evidence;
}

function attributes(from: number, to: number): Item {
  const names = Array.from({ length: to - from }, (_, index) =>
    String(from + index).padStart(6, '0'),
  );
  return Object.fromEntries(names.map((name) => [name, { S: 'x' }]));
}

test('a map with too many names is one whoever saw them', () => {
  const half = Math.ceil(MAX_FIELDS / 2) + 1;
  const whole = evidenceOf(
    { m: { M: attributes(0, half) } },
    { m: { M: attributes(half, 2 * half) } },
  );
  const merged = evidenceOf({ m: { M: attributes(0, half) } });
  expect(merged.fields.get('m')?.fields?.size).toBe(half);
  mergeTableEvidence(merged, evidenceOf({ m: { M: attributes(half, 2 * half) } }));
  expect(merged).toEqual(whole);
  expect(merged.fields.get('m')).toMatchObject({ fields: null });
  const before = evidenceOf({ m: { M: attributes(0, 1) } });
  mergeTableEvidence(before, merged);
  expect(before.fields.get('m')).toMatchObject({ fields: null, maps: 3 });
});

test('memory stays bounded whatever the number of attributes, and the key is kept', () => {
  const wide = evidenceOf(
    { pk: { S: 'z' }, ...attributes(5000, 9000) },
    { pk: { S: 'z' }, ...attributes(0, 3000) },
    { pk: { S: 'z' }, ...attributes(5000, 9000) },
  );
  expect(wide.fields.size).toBeLessThanOrEqual(2 * MAX_ATTRIBUTES);
  const merged = newTableEvidence();
  mergeTableEvidence(merged, wide);
  expect([...merged.fields.keys()].sort()).toEqual(
    Object.keys(attributes(0, MAX_ATTRIBUTES)).sort(),
  );
  expect(merged.keys.get('pk')?.strings).toBe(3);
});

test('survives JSON, names of all kinds included', () => {
  const evidence = evidenceOf(
    JSON.parse(
      '{"pk":{"N":"1.5"},"fields":{"M":{"shapes":{"N":"1"},"__proto__":{"L":[{"NS":["1"]}]}}},"keys":{"S":"x"}}',
    ) as Item,
  );
  expect(parseTableEvidence(formatTableEvidence(evidence))).toEqual(evidence);
});
