/** Owns the laws of scans under what a user chose: what is omitted or hashed, and pinned types. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AttributeValue, Item } from '../../src/export/attribute-value.js';
import { canonicalText } from '../../src/lake/canonical-value.js';
import type { ColumnChoices } from '../../src/lake/column-choices.js';
import type { ColumnType, TableSchema } from '../../src/lake/column-type.js';
import { decodeRow } from '../../src/lake/decode-row.js';
import { rowEncoder } from '../../src/lake/encode-row.js';
import {
  addItem,
  formatTableEvidence,
  newTableEvidence,
  type TableEvidence,
} from '../../src/lake/evidence.js';
import { itemKeeper } from '../../src/lake/kept-item.js';
import { keyBytes } from '../../src/lake/key-bytes.js';
import { FIXED } from '../../src/lake/settle-number.js';
import { settleSchema } from '../../src/lake/settle-schema.js';
import { valueHasher } from '../../src/processing/hash-value.js';
import { createRowScanner } from '../../src/processing/scan/row-scanner.js';
import type { Vector } from '../../src/parquet/vector.js';
import { attributeValue, item, keyedItem, lineOf } from '../support/export-fixtures.js';
import { canonicalCell } from '../support/scan-cells.js';
import { chunkSizes, chunksOf, spell, whims, type Whims } from '../support/scan-lines.js';
import { FULL, KEYS, change, keyValue, profile, restText, scan } from '../support/scan-reading.js';
import { choosySchema } from '../support/scan-schemas.js';

const hashKey = 'a key that is long enough';
const hashValue = valueHasher(hashKey);

function fullText(items: readonly Item[], spelling: Whims): Buffer {
  return Buffer.from(items.map((Item) => `${spell({ Item }, spelling)}\n`).join(''));
}

function evidenceOf(items: readonly Item[], unseen: readonly string[]): TableEvidence {
  const evidence = newTableEvidence();
  for (const each of items) {
    const seen = Object.entries(each).filter(([name]) => !unseen.includes(name));
    addItem(evidence, Object.fromEntries(seen), KEYS);
  }
  return evidence;
}

function unseenIn({ columns, omitted = [] }: TableSchema): readonly string[] {
  const hashed = columns.filter(({ type }) => type.kind === 'hash');
  return [...hashed.map(({ attribute }) => attribute), ...omitted];
}

describe('a scan under choices', () => {
  test('says what rowEncoder says, whatever is omitted and hashed', () => {
    fc.assert(
      fc.property(
        choosySchema,
        fc.array(keyedItem, { maxLength: 8 }),
        whims,
        chunkSizes,
        (schema, items, spelling, sizes) => {
          const chunks = chunksOf(fullText(items, spelling), sizes);
          const { rows, evidence } = scan(schema, chunks, { hashKey, maxRows: 5 });
          expect(evidence).toEqual(evidenceOf(items, unseenIn(schema)));
          const encode = rowEncoder(schema, hashValue);
          expect(rows.map(({ cells, rest }) => ({ cells, rest }))).toEqual(
            items.map((each) => {
              const { cells, rest } = encode(each);
              return {
                cells: cells.map((cell, at) => canonicalCell(schema.columns[at]!.type, cell)),
                rest: restText(rest),
              };
            }),
          );
        },
      ),
      { numRuns: 600 },
    );
  });

  test('lets no byte of a hashed or omitted value through', () => {
    const secret = 'AZAZAZAZAZAZAZAZ';
    const secrets = fc.constantFrom<AttributeValue>(
      { S: secret },
      { B: secret },
      { SS: ['x', secret] },
      { L: [{ NULL: true }, { M: { [secret]: { BOOL: true } } }] },
      { M: { name: { S: `${secret}"` } } },
    );
    fc.assert(
      fc.property(
        choosySchema.filter(({ omitted = [] }) => omitted.length > 0),
        keyedItem,
        secrets,
        whims,
        (schema, each, value, spelling) => {
          const names = unseenIn(schema);
          const told = names.filter((name) => !KEYS.includes(name)).map((name) => [name, value]);
          const whole = Object.fromEntries([...Object.entries(each), ...told]) as Item;
          const scanner = createRowScanner(schema, { format: FULL, file: 'x', hashKey });
          scanner.push(fullText([whole], spelling));
          scanner.end();
          const rows = scanner.take()!;
          expect(formatTableEvidence(scanner.evidence())).not.toContain(secret);
          const bytes = [...rows.columns, rows.rest, rows.keys!.keys].flatMap(bytesIn);
          for (const data of bytes) {
            expect(Buffer.from(data).includes(secret)).toBe(false);
            expect(Buffer.from(data).includes(Buffer.from(secret, 'base64'))).toBe(false);
          }
        },
      ),
    );
  });

  test('gives evidence of nothing that is unseen, and of all else', () => {
    fc.assert(
      fc.property(
        fc.array(change),
        fc.subarray(['pk', 'a', 'A', 'b', 'user-name', '__proto__', 'none']),
        whims,
        chunkSizes,
        (changes, unseen, spelling, sizes) => {
          const lines = changes.map(
            (each) => `${spell(JSON.parse(lineOf(each, 'incremental')), spelling)}\n`,
          );
          const chunks = chunksOf(Buffer.from(lines.join('')), sizes);
          const found = profile(
            chunks,
            { kind: 'incremental', view: 'NEW_AND_OLD_IMAGES' },
            unseen,
          );
          const items = changes.map((each) => each.newImage ?? each.key);
          expect(found).toEqual(evidenceOf(items, unseen));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('gives a hashed key the bytes that its row has', () => {
    const hashed: ColumnType = { kind: 'hash', keyId: 'any' };
    const schema: TableSchema = {
      keyAttributes: ['pk', 'sk'],
      columns: [{ attribute: 'sk', name: 'sk', type: hashed }],
    };
    fc.assert(
      fc.property(keyValue, keyValue, whims, (pk, sk, spelling) => {
        const { keys } = scan(schema, [fullText([{ pk, sk }], spelling)], { hashKey });
        const digits = Buffer.from(keyBytes([hashed], [hashValue(sk)])).toString('latin1');
        expect(keys[0]!.key.endsWith(digits)).toBe(true);
        expect(keys[0]!.row!.cells).toEqual([hashValue(sk)]);
      }),
    );
  });
});

const pin = fc.constantFrom<ColumnType>(
  { kind: 'string' },
  { kind: 'long' },
  { kind: 'boolean' },
  { kind: 'binary' },
  { kind: 'json' },
  { kind: 'hash', keyId: 'any' },
  { kind: 'decimal', integerDigits: 16, scale: 2 },
  { kind: 'decimal', integerDigits: 0, scale: 3 },
);
const choices: fc.Arbitrary<ColumnChoices> = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom('a', 'A', 'b', 'user-name', 'none'), pin)),
    fc.constantFrom<ColumnChoices['nested']>('struct', 'json'),
    fc.subarray(['ü', 'a.b', '_rest', 'absent']),
  )
  .map(([types, nested, omitted]) => ({ types: new Map(types), nested, omitted }));

describe('a schema under choices', () => {
  test('has what was chosen, and rows give back all that is kept', () => {
    fc.assert(
      fc.property(
        choices,
        fc.array(fc.array(keyedItem, { maxLength: 6 }), { minLength: 1, maxLength: 3 }),
        fc.array(item, { maxLength: 6 }),
        (chosen, loads, strangers) => {
          let schema: TableSchema | undefined;
          for (const load of loads) {
            const evidence = evidenceOf(load, []);
            schema = settleSchema(schema, evidence, KEYS, FIXED, chosen);
            const encode = rowEncoder(schema, hashValue);
            for (const each of [...loads.flat(), ...strangers]) {
              const kept = itemKeeper(schema, hashValue)(each);
              expect(decodeRow(schema.columns, encode(each))).toEqual(kept);
            }
          }
          expectChosen(schema!, chosen);
        },
      ),
      { numRuns: 300 },
    );
  });
});

function expectChosen({ columns, omitted = [] }: TableSchema, chosen: ColumnChoices): void {
  for (const [attribute, type] of chosen.types) {
    const found = columns.find((column) => column.attribute === attribute)!.type;
    const isText = type.kind === 'string' && found.kind === 'numeral';
    expect(isText ? type : found).toEqual(type);
  }
  expect(omitted).toEqual(chosen.omitted);
  for (const { attribute, type } of columns) {
    expect(omitted).not.toContain(attribute);
    if (chosen.nested === 'json') expect(['list', 'struct']).not.toContain(type.kind);
  }
}

describe('the text that is hashed', () => {
  test('is equal for equal values alone', () => {
    fc.assert(
      fc.property(attributeValue, attributeValue, whims, (value, other, spelling) => {
        const again = JSON.parse(spell(value, spelling)) as AttributeValue;
        expect(canonicalText(again)).toBe(canonicalText(value));
        const isSame = JSON.stringify(value) === JSON.stringify(other);
        if (isSame) expect(canonicalText(other)).toBe(canonicalText(value));
        // It is a value itself, and its own text.
        const text = canonicalText(value);
        expect(canonicalText(JSON.parse(text) as AttributeValue)).toBe(text);
      }),
    );
  });

  test.each<[AttributeValue, AttributeValue]>([
    [{ N: '1' }, { N: '1.0' }],
    [{ N: '0' }, { N: '-0.00' }],
    [{ N: '1000' }, { N: '1E3' }],
    [{ SS: ['b', 'a'] }, { SS: ['a', 'b'] }],
    [{ NS: ['2', '10'] }, { NS: ['1E1', '2.0'] }],
    [{ BS: ['BA==', 'AA=='] }, { BS: ['AA==', 'BA=='] }],
    [{ M: { a: { N: '1' }, b: { S: '' } } }, { M: { b: { S: '' }, a: { N: '01' } } }],
    [{ SS: ['\uFFFD', '💥'] }, { SS: ['💥', '\uFFFD'] }],
  ])('of %j and %j is one', (one, other) => {
    expect(canonicalText(one)).toBe(canonicalText(other));
  });

  test.each<[AttributeValue, AttributeValue]>([
    [{ N: '1' }, { S: '1' }],
    [{ S: 'AA==' }, { B: 'AA==' }],
    [{ S: '' }, { NULL: true }],
    [{ L: [{ S: 'a' }, { S: 'b' }] }, { L: [{ S: 'b' }, { S: 'a' }] }],
    [{ L: [{ S: 'a' }] }, { SS: ['a'] }],
    [{ M: {} }, { M: { a: { NULL: true } } }],
    [{ BOOL: true }, { BOOL: false }],
  ])('of %j and %j is not', (one, other) => {
    expect(canonicalText(one)).not.toBe(canonicalText(other));
  });

  test('is what a person would write, and hashed as anybody can', () => {
    expect(canonicalText({ S: 'ada@example.com' })).toBe('{"S":"ada@example.com"}');
    // printf '{"S":"ada@example.com"}' | openssl dgst -sha256 -hmac 'a key that is long enough'
    expect(hashValue({ S: 'ada@example.com' })).toBe(
      '6ae441f9d5846d60d105e1173b387d1be51e2d341980f5b00e01b77b7a6ea6e9',
    );
  });
});

function bytesIn(vector: Vector): Uint8Array[] {
  if (vector.kind === 'bytes') return [vector.data.slice(0, vector.offsets[vector.values])];
  if (vector.kind === 'list') return bytesIn(vector.element);
  return vector.kind === 'struct' ? vector.fields.flatMap(bytesIn) : [];
}
