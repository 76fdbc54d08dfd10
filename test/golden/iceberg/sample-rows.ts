/** Owns the rows that golden tests of Iceberg tables write, and what readers should see of them. */
import { expect } from '@jest/globals';
import { planScan, type ScanPlan } from '../../../src/iceberg/plan-scan.js';
import { currentSnapshot } from '../../../src/iceberg/table-state.js';
import type { Column, TableSchema } from '../../../src/lake/column-type.js';
import { canonicalRow, tableHash, type CanonicalRow } from '../../support/canonical-row.js';
import { READERS, type Readers } from '../../support/iceberg-readers.js';
import { readLocation, type DiskTable, type Row } from '../../support/iceberg-tables.js';

export const COLUMNS: readonly Column[] = [
  { attribute: 'id', name: 'id', type: { kind: 'string' } },
  { attribute: 'seq', name: 'seq', type: { kind: 'long' } },
  { attribute: 'First Name', name: 'First Name', type: { kind: 'string' } },
  { attribute: 'price', name: 'price', type: { kind: 'decimal', integerDigits: 29, scale: 9 } },
  { attribute: 'paid', name: 'paid', type: { kind: 'boolean' } },
  { attribute: 'photo', name: 'photo', type: { kind: 'binary' } },
  { attribute: 'tags', name: 'tags', type: { kind: 'set', element: { kind: 'string' } } },
  {
    attribute: 'address',
    name: 'address',
    type: {
      kind: 'struct',
      fields: [
        { attribute: 'zip', name: 'zip', type: { kind: 'string' } },
        { attribute: 'a b', name: 'a b', type: { kind: 'long' } },
      ],
    },
  },
];
export const SCHEMA: TableSchema = { keyAttributes: ['id', 'seq'], columns: COLUMNS };

/** A row of every type, told by its number; some of its values are missing. */
export function rowOf(number: number): Row {
  return {
    id: `item-${number % 7}`,
    seq: BigInt(number),
    'First Name': number % 3 === 0 ? null : `Zoë ${number}`,
    price: BigInt(number) * 1_500_000_000n - 3n,
    paid: number % 2 === 0,
    photo: Uint8Array.of(0, 255, number % 256),
    tags: number % 5 === 0 ? null : [`t${number}`, ''],
    address: number % 4 === 0 ? null : { zip: `z${number}`, 'a b': number % 4 === 1 ? null : 7n },
    _written_at_micros: BigInt(number) * 1_000_001n,
    _rest: number % 10 === 0 ? '{"x":{"S":"y"}}' : null,
  };
}

/** The row as readers give it: decimals are text. */
function seen(row: Row): CanonicalRow {
  const price = row['price'] as bigint | null | undefined;
  return { ...(row as CanonicalRow), ...(price != null && { price: decimalText(price) }) };
}

function decimalText(unscaled: bigint): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -9)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** A struct column with one more field; another column as it is. */
export function withNewField(column: Column): Column {
  if (column.type.kind !== 'struct') return column;
  const field: Column = { attribute: 'new', name: 'new', type: { kind: 'boolean' } };
  return { ...column, type: { kind: 'struct', fields: [...column.type.fields, field] } };
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** Every reader of this run sees these rows, now or at a snapshot. */
export async function expectRows(
  readers: Readers,
  table: DiskTable,
  rows: readonly Row[],
  snapshotId?: bigint,
): Promise<void> {
  const hash = tableHash(rows.map((row) => canonicalRow(seen(row))));
  for (const reader of READERS) {
    const { metadataLocation } = table;
    const answer = await readers.read({
      reader,
      metadataLocation,
      ...(snapshotId !== undefined && { snapshotId }),
    });
    expect({ reader, count: answer.count, hash: answer.hash }).toEqual({
      reader,
      count: rows.length,
      hash,
    });
  }
}

/** Of the current snapshot. */
export async function planOf(table: DiskTable): Promise<ScanPlan> {
  const id = currentSnapshot(table.metadata)!['snapshot-id'];
  return await planScan(table.metadata, id, readLocation);
}

