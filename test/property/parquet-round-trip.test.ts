/** Owns the law of Parquet files: whatever schema and rows, DuckDB reads back what was written. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ColumnFacts } from '../../src/parquet/file-facts.js';
import type { ParquetField, ParquetType } from '../../src/parquet/parquet-field.js';
import { parquetFile } from '../support/parquet-arbitraries.js';
import { withFile, writeParquet } from '../support/parquet-files.js';
import { askDuckDb, type Row, type Value } from '../support/parquet-vectors.js';

/** Every entry of a field's leaves in one value: also nulls, and lists without elements. */
function entriesOf(field: ParquetField, value: Value): readonly [ParquetField, Value][] {
  const { type } = field;
  if (type.kind === 'list') {
    const items = (value ?? []) as readonly Value[];
    if (items.length === 0) return entriesOf(type.element, null);
    return items.flatMap((item) => entriesOf(type.element, item));
  }
  if (type.kind === 'struct') {
    const struct = value as Row | null;
    return type.fields.flatMap((inner) => entriesOf(inner, struct?.[inner.name] ?? null));
  }
  return [[field, value]];
}

/** Compares what Iceberg compares: text by code points, bytes unsigned, numbers by value. */
function isBelow(left: Value, right: Value): boolean {
  if (typeof left === 'bigint' || typeof left === 'boolean')
    return left < (right as bigint | boolean);
  const [leftBytes, rightBytes] = [left, right].map((value) =>
    typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array),
  ) as [Uint8Array, Uint8Array];
  return Buffer.compare(leftBytes, rightBytes) < 0;
}

/** A value in Iceberg's single-value serialization, from its definition. */
function singleValue(type: ParquetType, value: Value): Uint8Array {
  if (typeof value === 'boolean') return Uint8Array.of(value ? 1 : 0);
  if (typeof value === 'string') return Buffer.from(value);
  if (typeof value !== 'bigint') return value as Uint8Array;
  if (type.kind !== 'decimal') return new Uint8Array(BigInt64Array.of(value).buffer);
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length += 1;
  const digits = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0');
  return Buffer.from(digits, 'hex');
}

function expectBounds(field: ParquetField, values: readonly Value[], facts: ColumnFacts): void {
  const { lowerBound, upperBound } = facts;
  const present = values.filter((value) => value !== null);
  if (present.length === 0) {
    expect({ lowerBound, upperBound }).toEqual({});
    return;
  }
  const least = singleValue(
    field.type,
    present.reduce((a, b) => (isBelow(b, a) ? b : a)),
  );
  const most = singleValue(
    field.type,
    present.reduce((a, b) => (isBelow(a, b) ? b : a)),
  );
  if (field.type.kind !== 'string' && field.type.kind !== 'binary') {
    expect({ lowerBound, upperBound }).toEqual({
      lowerBound: Uint8Array.from(least),
      upperBound: Uint8Array.from(most),
    });
    return;
  }
  expect(Buffer.compare(lowerBound!, least)).toBeLessThanOrEqual(0);
  expect(lowerBound!.length).toBeLessThanOrEqual(16 * 4);
  if (upperBound === undefined) return;
  expect(Buffer.compare(upperBound, most)).toBeGreaterThanOrEqual(0);
  expect(upperBound.length).toBeLessThanOrEqual(16 * 4);
}

describe('Parquet files', () => {
  test('give back every row', async () => {
    await fc.assert(
      fc.asyncProperty(parquetFile, async ({ groups, ...options }) => {
        const { bytes } = await writeParquet(options, groups);
        const read = await withFile(bytes, (path) => askDuckDb(`FROM read_parquet('${path}')`));
        expect(read).toEqual(groups.flat());
      }),
      { numRuns: 300 },
    );
  });

  test('are told of by their facts', async () => {
    await fc.assert(
      fc.asyncProperty(parquetFile, async ({ groups, ...options }) => {
        const { bytes, facts } = await writeParquet(options, groups);
        const rows = groups.flat();
        expect(facts.sizeBytes).toBe(bytes.length);
        expect(facts.rows).toBe(rows.length);
        expect(facts.splitOffsets).toHaveLength(groups.filter((group) => group.length > 0).length);

        for (const top of options.fields) {
          const entries = rows.flatMap((row) => entriesOf(top, row[top.name]!));
          for (const leaf of new Set(entries.map(([field]) => field))) {
            const values = entries.filter(([field]) => field === leaf).map(([, value]) => value);
            const told = facts.columns.get(leaf.id)!;
            expect(told.valueCount).toBe(values.length);
            expect(told.nullCount).toBe(values.filter((value) => value === null).length);
            if (leaf === top) expectBounds(leaf, values, told);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
