/** Owns the laws of the scanner: what it makes of bytes is what the slow road makes of items. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import type { ExportView } from '../../src/export/table-exports.js';
import type { TableSchema } from '../../src/lake/column-type.js';
import { rowEncoder } from '../../src/lake/encode-row.js';
import { addItem, newTableEvidence, type TableEvidence } from '../../src/lake/evidence.js';
import { parseNumeral, plainText } from '../../src/lake/number-text.js';
import { settleSchema } from '../../src/lake/settle-schema.js';
import type { RecordFormat } from '../../src/processing/scan/record-reader.js';
import { attributeValue, keyedItem, lineOf, numberText } from '../support/export-fixtures.js';
import { canonical, canonicalCell } from '../support/scan-cells.js';
import { chunkSizes, chunksOf, spell, whims, type Whims } from '../support/scan-lines.js';
import {
  FULL,
  KEYS,
  change,
  keyValue,
  profile,
  restText,
  scan,
  type Row,
} from '../support/scan-reading.js';
import { anySchema } from '../support/scan-schemas.js';

function expectedRows(schema: TableSchema, items: readonly Item[]): Omit<Row, 'writtenAtMicros'>[] {
  const encode = rowEncoder(schema);
  return items.map((each) => {
    const { cells, rest } = encode(each);
    return {
      cells: cells.map((cell, index) => canonicalCell(schema.columns[index]!.type, cell)),
      rest: restText(rest),
    };
  });
}

function fullText(items: readonly Item[], spelling: Whims): Buffer {
  return Buffer.from(items.map((Item) => `${spell({ Item }, spelling)}\n`).join(''));
}

function evidenceOf(items: readonly Item[]): TableEvidence {
  const evidence = newTableEvidence();
  for (const each of items) addItem(evidence, each, KEYS);
  return evidence;
}

describe('a scan of a full export', () => {
  const expectLaw = (
    schema: TableSchema,
    items: readonly Item[],
    spelling: Whims,
    sizes: readonly number[],
    maxRows: number,
  ): void => {
    const text = fullText(items, spelling);
    const { rows, evidence } = scan(schema, chunksOf(text, sizes), { maxRows });
    const wanted = expectedRows(schema, items);
    expect(rows).toEqual(wanted.map((row) => ({ ...row, writtenAtMicros: null })));
    // Whatever the schema held, the scan has seen all that a profile sees.
    expect(evidence).toEqual(evidenceOf(items));
  };

  test('says what rowEncoder says, under schemas that evidence leads to', () => {
    fc.assert(
      fc.property(
        fc.array(keyedItem, { maxLength: 8 }),
        fc.array(keyedItem, { maxLength: 4 }),
        whims,
        chunkSizes,
        fc.integer({ min: 1, max: 9 }),
        (items, strangers, spelling, sizes, maxRows) => {
          const schema = settleSchema(undefined, evidenceOf(items), KEYS);
          expectLaw(schema, [...items, ...strangers, ...items], spelling, sizes, maxRows);
        },
      ),
      { numRuns: 600 },
    );
  });

  test('says what rowEncoder says, under any schema', () => {
    fc.assert(
      fc.property(
        anySchema,
        fc.array(keyedItem, { maxLength: 8 }),
        whims,
        chunkSizes,
        (schema, items, spelling, sizes) => {
          expectLaw(schema, items, spelling, sizes, 5);
        },
      ),
      { numRuns: 600 },
    );
  });

  test('says what rowEncoder says of every number', () => {
    const digits = fc
      .nat(38)
      .chain((integerDigits) =>
        fc
          .nat(38 - integerDigits)
          .map((scale) => ({ kind: 'decimal' as const, integerDigits, scale })),
      );
    const types = fc.oneof(
      fc.constant({ kind: 'long' as const }),
      fc.constant({ kind: 'numeral' as const }),
      digits,
    );
    fc.assert(
      fc.property(types, fc.array(numberText, { maxLength: 20 }), (type, texts) => {
        const columns = [{ attribute: 'n', name: 'n', type }];
        const items = texts.map((N): Item => ({ pk: { S: '' }, n: { N } }));
        expectLaw({ keyAttributes: KEYS, columns }, items, [0], [1 << 20], 1000);
      }),
      { numRuns: 1000 },
    );
  });

  test('gives the same evidence as addItem', () => {
    fc.assert(
      fc.property(fc.array(keyedItem), whims, chunkSizes, (items, spelling, sizes) => {
        const text = fullText(items, spelling);
        expect(profile(chunksOf(text, sizes), FULL)).toEqual(evidenceOf(items));
      }),
      { numRuns: 600 },
    );
  });
});

function kindOf(view: ExportView, { oldImage, newImage }: Change): string {
  if (newImage === undefined) return 'delete';
  if (view === 'NEW_IMAGE') return 'upsert';
  return oldImage === undefined ? 'insert' : 'update';
}

describe('a scan of an incremental export', () => {
  test('says of every record what became of its key', () => {
    fc.assert(
      fc.property(
        anySchema,
        fc.array(change, { maxLength: 10 }),
        fc.constantFrom<ExportView>('NEW_IMAGE', 'NEW_AND_OLD_IMAGES'),
        whims,
        chunkSizes,
        (schema, changes, view, spelling, sizes) => {
          const lines = changes.map(
            (each) => `${spell(JSON.parse(lineOf(each, 'incremental')), spelling)}\n`,
          );
          const chunks = chunksOf(Buffer.from(lines.join('')), sizes);
          const format = { kind: 'incremental' as const, view };
          const { rows, keys, records, evidence } = scan(schema, chunks, { format, maxRows: 3 });
          expect(evidence).toEqual(evidenceOf(changes.map((each) => each.newImage ?? each.key)));
          const images = changes.flatMap(({ newImage }) =>
            newImage === undefined ? [] : [newImage],
          );
          expect(records).toBe(changes.length);
          expect(rows.map(({ cells, rest }) => ({ cells, rest }))).toEqual(
            expectedRows(schema, images),
          );
          expect(keys.map(({ kind }) => kind)).toEqual(changes.map((each) => kindOf(view, each)));
          expect(keys.map((each) => each.writtenAtMicros)).toEqual(
            changes.map((each) => each.writtenAtMicros),
          );
          expect(keys.flatMap(({ row }) => row ?? [])).toEqual(rows);
          keys.forEach(({ kind, row, writtenAtMicros }) => {
            expect(row === undefined).toBe(kind === 'delete');
            if (row !== undefined) expect(row.writtenAtMicros).toBe(writtenAtMicros);
          });
        },
      ),
      { numRuns: 400 },
    );
  });

  test('gives the same evidence as addItem, of the key alone after a delete', () => {
    fc.assert(
      fc.property(fc.array(change), whims, chunkSizes, (changes, spelling, sizes) => {
        const lines = changes.map(
          (each) => `${spell(JSON.parse(lineOf(each, 'incremental')), spelling)}\n`,
        );
        const format: RecordFormat = { kind: 'incremental', view: 'NEW_AND_OLD_IMAGES' };
        const found = profile(chunksOf(Buffer.from(lines.join('')), sizes), format);
        expect(found).toEqual(evidenceOf(changes.map((each) => each.newImage ?? each.key)));
      }),
      { numRuns: 300 },
    );
  });

  test('gives equal keys equal bytes, and different keys different bytes', () => {
    const part = fc.oneof(keyValue, fc.constantFrom({ S: '1' }, { N: '1' }, { B: 'MQ==' }));
    const schema: TableSchema = { keyAttributes: ['pk', 'sk'], columns: [] };
    const meaning = ({ pk, sk }: Item): string =>
      canonical([pk, sk].map((each) => (each !== undefined && 'N' in each ? plain(each.N) : each)));
    fc.assert(
      fc.property(
        fc.array(fc.record({ pk: part, sk: part }), { minLength: 2, maxLength: 30 }),
        whims,
        (items, spelling) => {
          const { keys } = scan(schema, [fullText(items, spelling)]);
          const byBytes = new Map(keys.map(({ key }, index) => [key, meaning(items[index]!)]));
          keys.forEach(({ key }, index) => {
            expect(byBytes.get(key)).toBe(meaning(items[index]!));
          });
          expect(byBytes.size).toBe(new Set(items.map(meaning)).size);
        },
      ),
      { numRuns: 500 },
    );
  });
});

function plain(text: string): { readonly n: string } {
  return { n: plainText(parseNumeral(text)!) };
}

test('a value is its own spelling in the rest, however deep', () => {
  fc.assert(
    fc.property(attributeValue, whims, (value, spelling) => {
      const items: Item[] = [{ pk: { S: 'k' }, other: value }];
      const schema: TableSchema = {
        keyAttributes: KEYS,
        columns: [{ attribute: 'pk', name: 'pk', type: { kind: 'string' } }],
      };
      const { rows } = scan(schema, [fullText(items, spelling)]);
      expect(rows[0]!.rest).toBe(canonical({ other: value }));
    }),
  );
});
