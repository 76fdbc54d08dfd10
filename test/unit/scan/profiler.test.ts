/** Owns the tests of a profile at its limits; test/property/scan.test.ts has its law. */
import { expect, test } from '@jest/globals';
import type { Item } from '../../../src/export/attribute-value.js';
import type { TableSchema } from '../../../src/lake/column-type.js';
import {
  MAX_ATTRIBUTES,
  MAX_FIELDS,
  addItem,
  mergeTableEvidence,
  newTableEvidence,
  type TableEvidence,
} from '../../../src/lake/evidence.js';
import { createProfiler } from '../../../src/processing/scan/profiler.js';
import { createRowScanner } from '../../../src/processing/scan/row-scanner.js';

const KEYS = ['pk', 'sk'];

/** Both ways to the same evidence. */
function expectSame(items: readonly Item[]): void {
  const wanted = newTableEvidence();
  for (const item of items) addItem(wanted, item, KEYS);
  const profiler = createProfiler(KEYS, { format: { kind: 'full' }, file: 'data/x.json.gz' });
  for (const Item of items) profiler.push(Buffer.from(`${JSON.stringify({ Item })}\n`));
  expect(profiler.end()).toEqual(wanted);
  for (const schema of [NO_COLUMNS, SOME_COLUMNS]) {
    const scanner = createRowScanner(schema, { format: { kind: 'full' }, file: '' });
    for (const Item of items) scanner.push(Buffer.from(`${JSON.stringify({ Item })}\n`));
    scanner.end();
    expect(bounded(scanner.evidence())).toEqual(bounded(wanted));
  }
}

const NO_COLUMNS: TableSchema = { keyAttributes: KEYS, columns: [] };
const SOME_COLUMNS: TableSchema = {
  keyAttributes: KEYS,
  columns: [
    { attribute: 'pk', name: 'pk', type: { kind: 'string' } },
    { attribute: 'a7', name: 'a7', type: { kind: 'string' } },
    {
      attribute: 'm',
      name: 'm',
      type: {
        kind: 'struct',
        fields: [
          { attribute: 'a3', name: 'a3', type: { kind: 'string' } },
          { attribute: 'never', name: 'never', type: { kind: 'string' } },
        ],
      },
    },
  ],
};

/** With as many attributes as evidence of a whole load has. */
function bounded(evidence: TableEvidence): TableEvidence {
  const merged = newTableEvidence();
  mergeTableEvidence(merged, evidence);
  return merged;
}

function keyed(more: Item): Item {
  return { sk: { N: '1' }, ...more, pk: { S: 'a' } };
}

function attributes(from: number, to: number): Item {
  return Object.fromEntries(
    Array.from({ length: to - from }, (_, index) => [`a${from + index}`, { S: 'x' }] as const),
  );
}

test.each([-1, 0, 1])('a map of about as many names as may be told apart: %d more', (more) => {
  const half = MAX_FIELDS / 2;
  expectSame([
    keyed({ m: { M: attributes(0, half) } }),
    keyed({ m: { M: attributes(half, MAX_FIELDS + more) } }),
    keyed({ m: { M: { ...attributes(0, 5), deep: { M: { n: { N: '1' } } } } } }),
  ]);
});

test.each([-1, 0, 1])('about as many attributes as are kept: %d more', (more) => {
  const most = 2 * MAX_ATTRIBUTES + more;
  expectSame([
    keyed(attributes(0, most - 500)),
    keyed(attributes(most - 1000, most)),
    keyed(attributes(0, 300)),
    keyed(attributes(most, most + 700)),
  ]);
});

test('numbers at the edges of what columns hold', () => {
  const texts = [
    ...[
      '9223372036854775807',
      '9223372036854775808',
      '-9223372036854775808',
      '-9223372036854775809',
    ],
    ...['9'.repeat(38), '9'.repeat(39), `0.${'1'.repeat(38)}`, `0.${'1'.repeat(39)}`],
    ...[
      `1.${'1'.repeat(37)}`,
      `1.${'1'.repeat(38)}`,
      '1E37',
      '1E38',
      '1E-38',
      '1E-39',
      'x',
      '',
      '-',
    ],
  ];
  expectSame(texts.map((N) => keyed({ n: { N }, l: { L: [{ N }] } })));
  expectSame([keyed({ n: { NS: texts } }), keyed({ n: { NS: [] } })]);
});

test('a name is refused the second time, in maps too', () => {
  const read = (item: string): void => {
    const profiler = createProfiler(['pk'], { format: { kind: 'full' }, file: 'data/x.json.gz' });
    profiler.push(Buffer.from(`{"Item":${item}}\n`));
  };
  const value = '{"S":"a"}';
  read(`{"pk":${value},"l":{"L":[{"M":{"a":${value}}},{"M":{"a":${value}}}]}}`);
  expect(() => {
    read(`{"pk":${value},"m":{"M":{"a":${value},"b":${value},"\\u0061":${value}}}}`);
  }).toThrow(/^Line 1 of data\/x\.json\.gz has two attributes of one name/);
});
