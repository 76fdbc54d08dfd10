/** Owns the tests of a scan's batches, its errors and its bounds; test/property/scan.test.ts has its laws. */
import { describe, expect, test } from '@jest/globals';
import type { Item } from '../../../src/export/attribute-value.js';
import type { ColumnType, TableSchema } from '../../../src/lake/column-type.js';
import type { RecordFormat } from '../../../src/processing/scan/record-reader.js';
import {
  createRowScanner,
  type RowScanner,
  type ScanOptions,
} from '../../../src/processing/scan/row-scanner.js';
import { createProfiler } from '../../../src/processing/scan/profiler.js';
import { bytesOf, cellsOf, textsOf } from '../../support/scan-cells.js';
import { spell } from '../../support/scan-lines.js';

const TEXT: ColumnType = { kind: 'string' };
const FULL: RecordFormat = { kind: 'full' };
const WINDOW: RecordFormat = { kind: 'incremental', view: 'NEW_AND_OLD_IMAGES' };
const META = '"Metadata":{"WriteTimestampMicros":{"N":"1700000000000000"}}';
const KEY = '{"pk":{"S":"a"}}';

function schemaOf(types: Readonly<Record<string, ColumnType>>): TableSchema {
  const columns = Object.entries(types).map(([attribute, type]) => ({
    attribute,
    name: attribute,
    type,
  }));
  return { keyAttributes: ['pk'], columns };
}

function scannerOf(
  options: Partial<ScanOptions> = {},
  schema = schemaOf({ pk: TEXT }),
): RowScanner {
  return createRowScanner(schema, { format: FULL, file: 'data/x.json.gz', ...options });
}

function lines(...items: readonly Item[]): Buffer {
  return Buffer.from(items.map((Item) => `${JSON.stringify({ Item })}\n`).join(''));
}

describe('batches', () => {
  const items = Array.from({ length: 10 }, (_, index): Item => ({ pk: { S: `k${index}` } }));

  test('come at the bound, also in the middle of a chunk, and the last one after the end', () => {
    const scanner = scannerOf({ maxRows: 4 });
    const seen: (string | null)[][] = [];
    const drain = (): void => {
      for (let rows = scanner.take(); rows !== undefined; rows = scanner.take()) {
        seen.push(cellsOf(TEXT, rows.columns[0]!) as (string | null)[]);
      }
    };
    scanner.push(lines(...items));
    drain();
    expect(seen.map((keys) => keys.length)).toEqual([4, 4]);
    scanner.end();
    drain();
    expect(seen).toEqual([
      ['k0', 'k1', 'k2', 'k3'],
      ['k4', 'k5', 'k6', 'k7'],
      ['k8', 'k9'],
    ]);
    expect(scanner.records).toBe(10);
  });

  test('come when there are many bytes', () => {
    const scanner = scannerOf({ maxBytes: 100_000 }, schemaOf({ pk: TEXT, t: TEXT }));
    const large = items.map((item, index): Item => ({
      ...item,
      t: { S: String(index).repeat(600_000) },
    }));
    const sizes: number[] = [];
    for (const item of large) {
      scanner.push(lines(item));
      for (let rows = scanner.take(); rows !== undefined; rows = scanner.take()) {
        sizes.push(rows.rows);
      }
    }
    expect(sizes).toEqual([2, 2, 2, 2, 2]);
  });

  test('leave nothing behind in the next one', () => {
    const scanner = scannerOf({ maxRows: 1 }, schemaOf({ pk: TEXT, t: TEXT }));
    scanner.push(lines({ pk: { S: 'a' }, t: { S: 'x' }, z: { N: '1' } }, { pk: { S: 'b' } }));
    expect(textsOf(scanner.take()!.rest)).toEqual(['{"z":{"N":"1"}}']);
    const second = scanner.take()!;
    expect(second.columns.map((column) => cellsOf(TEXT, column))).toEqual([['b'], [null]]);
    expect(textsOf(second.rest)).toEqual([null]);
    expect(scanner.take()).toBeUndefined();
  });

  test('must be taken before the next chunk', () => {
    const scanner = scannerOf({ maxRows: 1 });
    scanner.push(lines(...items));
    expect(() => {
      scanner.push(lines(...items));
    }).toThrow(/a full batch is taken/);
  });

  test('of deletes only have keys and no rows', () => {
    const scanner = scannerOf({ format: WINDOW });
    scanner.push(Buffer.from(`{${META},"Keys":${KEY}}\n`));
    scanner.end();
    const batch = scanner.take()!;
    expect(batch.rows).toBe(0);
    expect(batch.keys).toMatchObject({ length: 1, kinds: Uint8Array.of(3) });
    expect(batch.keys!.rowNumbers).toEqual(Int32Array.of(-1));
    expect(scanner.take()).toBeUndefined();
  });

  test('have no keys when a full export is scanned without', () => {
    const scanner = scannerOf({ withKeys: false });
    scanner.push(lines(...items));
    scanner.end();
    expect(scanner.take()).toMatchObject({ rows: 10, keys: undefined });
  });
});

test('text comes through byte for byte, wherever in a line and however long it is', () => {
  // Of all characters these come nearest to eight bytes that are no number.
  const edges = ['\u007f\u{10ffff}', '\u{10ffff}\u007f', '\u007f\u007f', '\u{f0000}', 'é', 'x'];
  const texts = edges.flatMap((edge) =>
    Array.from({ length: 24 }, (_, length) => 'a'.repeat(length) + edge.repeat(1 + length)),
  );
  texts.push('\u007f\u{10ffff}'.repeat(1000), '');
  const scanner = scannerOf({}, schemaOf({ pk: TEXT, t: TEXT }));
  scanner.push(lines(...texts.map((S): Item => ({ pk: { S: 'a' }, t: { S } }))));
  scanner.end();
  expect(cellsOf(TEXT, scanner.take()!.columns[1]!)).toEqual(texts);
});

test('zeros that say nothing are left out of the column, and the rest has the text', () => {
  const texts = ['1.50', '12.00', '0.0', '-0.0', '100', '1.05', `0.${'1'.repeat(20)}00`, '-7.10'];
  const scanner = scannerOf(
    {},
    schemaOf({ pk: TEXT, n: { kind: 'decimal', integerDigits: 5, scale: 25 } }),
  );
  scanner.push(lines(...texts.map((N): Item => ({ pk: { S: 'a' }, n: { N } }))));
  scanner.end();
  const { columns, rest } = scanner.take()!;
  expect(columns[1]!.values).toBe(texts.length);
  expect(textsOf(rest)).toEqual(texts.map((N) => (/\..*0$/.test(N) ? `{"n":{"N":"${N}"}}` : null)));
});

test('the key is written with its types and lengths', () => {
  const schema: TableSchema = { keyAttributes: ['n', 'b'], columns: [] };
  const scanner = scannerOf({}, schema);
  const long = Buffer.alloc(200, 7);
  scanner.push(
    lines(
      { b: { B: long.toString('base64') }, n: { N: '1.50E1' } },
      { n: { S: 'é' }, b: { B: 'YQ' } },
    ),
  );
  scanner.end();
  expect(bytesOf(scanner.take()!.keys!.keys).map((key) => Buffer.from(key))).toEqual([
    Buffer.concat([Buffer.from('N\x0215B\xc8\x01', 'latin1'), long]),
    Buffer.from('S\x02éb\x02YQ'),
  ]);
});

test('an item of 400 KB and a name of 64 KB are scanned like any other', () => {
  const name = 'ü'.repeat(32 * 1024);
  const item: Item = { pk: { S: 'a' }, [name]: { S: 'é'.repeat(180_000) }, t: { S: 'end' } };
  const scanner = scannerOf({}, schemaOf({ pk: TEXT, [name]: TEXT, t: TEXT }));
  const text = Buffer.from(`${spell({ Item: item }, [99, 85, 2])}\n`);
  for (let at = 0; at < text.length; at += 1000) scanner.push(text.subarray(at, at + 1000));
  scanner.end();
  const { columns, rest } = scanner.take()!;
  expect(textsOf(rest)).toEqual([null]);
  expect(columns.map((column) => cellsOf(TEXT, column)[0])).toEqual([
    'a',
    'é'.repeat(180_000),
    'end',
  ]);
});

test('nesting goes far beyond the 32 levels of DynamoDB, and is refused before the stack ends', () => {
  const deep = (levels: number): Item => {
    let value: Item[string] = { S: 'x' };
    for (let level = 0; level < levels; level++)
      value = level % 2 ? { L: [value] } : { M: { m: value } };
    return { pk: { S: 'a' }, v: value };
  };
  const read = (levels: number): void => {
    const text = lines(deep(levels));
    const scanner = scannerOf();
    scanner.push(text);
    const profiler = createProfiler(['pk'], { format: FULL, file: 'data/x.json.gz' });
    profiler.push(text);
    profiler.end();
  };
  read(250);
  expect(() => {
    read(300);
  }).toThrow(/^Line 1 of data\/x\.json\.gz is nested deeper than 256 levels/);
  const endless = Buffer.from(`{"Item":{"pk":{"S":"a"},"v":${'{"L":['.repeat(100_000)}`);
  const scanner = scannerOf();
  scanner.push(endless);
  expect(() => {
    scanner.end();
  }).toThrow(/is nested deeper/);
});

describe('errors', () => {
  function read(text: string | Buffer, format: RecordFormat = FULL): void {
    const scanner = scannerOf({ format });
    scanner.push(Buffer.from(text));
    scanner.end();
    for (let rows = scanner.take(); rows !== undefined; rows = scanner.take());
  }
  const good = `{"Item":${KEY}}\n`;

  test.each([
    ['broken JSON', `${good}${good}{"Item":{"pk":{"S":"a"}`, 3, 2 * good.length + 23],
    ['a blank line', `${good}\n${good}`, 2, good.length],
    ['an unknown type', `${good}{"Item":{"pk":{"S":"a"},"b":{"X":"1"}}}`, 2, good.length + 32],
    ['text after the record', `${good}{"Item":${KEY}} x`, 2, good.length + 26],
  ])('name line and byte of %s', (_what, text, line, byte) => {
    expect(() => {
      read(text);
    }).toThrow(
      expect.objectContaining({
        code: 'CorruptExport',
        subject: 'data/x.json.gz',
        message: expect.stringMatching(
          new RegExp(`^Line ${line} of data/x\\.json\\.gz .* \\(byte ${byte} of its text\\)\\.$`),
        ) as unknown,
      }),
    );
  });

  test('tell of a record that is cut anywhere, whatever comes after', () => {
    const whole = `{${META},"Keys":${KEY},"NewImage":{"pk":{"S":"a"},"b":{"BOOL":true}}}`;
    for (let length = 1; length < whole.length; length++) {
      for (const after of ['', 'x', '"', 'xx', '""', 'xxx', '\\u00', ':{"', ':']) {
        expect(() => {
          read(`${whole.slice(0, length)}${after}\n`, WINDOW);
        }).toThrow(expect.objectContaining({ code: 'CorruptExport' }));
      }
    }
  });

  test('name the line that is not UTF-8', () => {
    const text = Buffer.from(`${good}${good}{"Item":{"pk":{"S":"\xff"}}}\n`, 'latin1');
    expect(() => {
      read(text);
    }).toThrow(/^Line 3 of data\/x\.json\.gz is not UTF-8 \(byte 52 of its text\)\.$/);
  });

  test.each([1 << 16, 60 << 20])('name a line of 50 MB, in chunks of %d bytes', (chunkSize) => {
    const text = Buffer.concat([
      Buffer.from(`${good}{"Item":{"pk":{"S":"`),
      Buffer.alloc(50 << 20, 'a'),
      Buffer.from('"}}}\n'),
    ]);
    const scanner = scannerOf();
    expect(() => {
      for (let at = 0; at < text.length; at += chunkSize) {
        scanner.push(text.subarray(at, at + chunkSize));
      }
    }).toThrow(/^Line 2 of data\/x\.json\.gz is longer than 16777216 bytes/);
  });

  test.each([
    ['a key that is no S, N or B', FULL, '{"Item":{"pk":{"BOOL":true}}}', /neither S, N nor B/],
    ['no key', FULL, '{"Item":{"n":{"N":"1"}}}', /no key attribute "pk" in its Item/],
    ['an attribute twice', FULL, '{"Item":{"pk":{"S":"a"},"pk":{"S":"a"}}}', /one name/],
    ['a member twice', FULL, `{"Item":${KEY},"Item":${KEY}}`, /two members/],
    ['two types', FULL, '{"Item":{"pk":{"S":"a","N":"1"}}}', /exactly one type/],
    ['no item', FULL, '{"Other":[1,2,{"x":null}]}', /has no Item/],
    ['what JSON has not', FULL, `{"Item":${KEY},"Other":[1,]}`, /is not JSON/],
    ['no stamp', WINDOW, `{"Keys":${KEY}}`, /no WriteTimestampMicros/],
    [
      'a stamp before 1970',
      WINDOW,
      `{"Metadata":{"WriteTimestampMicros":{"N":"-1"}},"Keys":${KEY}}`,
      /no Write/,
    ],
    ['no keys', WINDOW, `{${META},"NewImage":${KEY}}`, /has no Keys/],
    ['another key', WINDOW, `{${META},"Keys":${KEY},"OldImage":{"pk":{"S":"b"}}}`, /another key/],
  ] as const)('tell of %s', (_what, format, text, problem) => {
    expect(() => {
      read(text, format);
    }).toThrow(problem);
  });

  test('leave odd but whole records alone', () => {
    read(` { "Other" : [ 1.5e3 , "}" ] , "Item" :${KEY}}\r\n`);
    const stamp = '"Metadata":{"x":1,"WriteTimestampMicros":{"N":"007"}}';
    read(`{"NewImage":${KEY},"Keys":{"\\u0070k":{"S":"\\u0061"}},${stamp}}`, WINDOW);
  });
});
