/** Owns the reading of whole texts through scanner and profiler, and what such texts may say. */
import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { AttributeValue, Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import { CHANGE_KINDS, type TableSchema } from '../../src/lake/column-type.js';
import type { TableEvidence } from '../../src/lake/evidence.js';
import { createProfiler } from '../../src/processing/scan/profiler.js';
import type { RecordFormat } from '../../src/processing/scan/record-reader.js';
import {
  createRowScanner,
  type RowScanner,
  type ScanOptions,
} from '../../src/processing/scan/row-scanner.js';
import { item, numberText } from './export-fixtures.js';
import { bytesOf, canonical, canonicalCell, cellsOf, longsOf, textsOf } from './scan-cells.js';

/** The key attributes of every schema here. */
export const KEYS = ['pk'];
export const FULL: RecordFormat = { kind: 'full' };

/** A row as it can be compared. */
export interface Row {
  readonly cells: readonly unknown[];
  readonly rest: string | null;
  readonly writtenAtMicros: string | null;
}

/** What a record says of its key, and its row if it has one. */
export interface KeyRecord {
  readonly key: string;
  readonly kind: string;
  readonly writtenAtMicros: string | null;
  readonly row: Row | undefined;
}

/** Everything a scan gives out, batch after batch, the keys with the rows they name. */
export function scan(
  schema: TableSchema,
  chunks: Iterable<Uint8Array>,
  options: Partial<ScanOptions> = {},
): { rows: Row[]; keys: KeyRecord[]; records: number; evidence: TableEvidence } {
  const scanner = createRowScanner(schema, { format: FULL, file: 'data/x.json.gz', ...options });
  const rows: Row[] = [];
  const keys: KeyRecord[] = [];
  for (const chunk of chunks) {
    scanner.push(chunk);
    drain(scanner, schema, rows, keys);
  }
  scanner.end();
  drain(scanner, schema, rows, keys);
  return { rows, keys, records: scanner.records, evidence: scanner.evidence() };
}

function drain(scanner: RowScanner, schema: TableSchema, rows: Row[], keys: KeyRecord[]): void {
  for (let batch = scanner.take(); batch !== undefined; batch = scanner.take()) {
    const cells = batch.columns.map((vector, index) => {
      expect(vector.length).toBe(batch.rows);
      const { type } = schema.columns[index]!;
      return cellsOf(type, vector).map((cell) => canonicalCell(type, cell));
    });
    const rest = textsOf(batch.rest);
    const stamps = longsOf(batch.writtenAtMicros);
    const mine = Array.from({ length: batch.rows }, (_, row) => ({
      cells: cells.map((column) => column[row]),
      rest: restText(rest[row]!),
      writtenAtMicros: stamps[row]!,
    }));
    rows.push(...mine);
    if (batch.keys === undefined) continue;
    const keyBytes = bytesOf(batch.keys.keys);
    const keyStamps = longsOf(batch.keys.writtenAtMicros);
    expect(keyBytes.length).toBe(batch.keys.length);
    keyBytes.forEach((key, index) => {
      keys.push({
        key: Buffer.from(key).toString('latin1'),
        kind: CHANGE_KINDS[batch.keys!.kinds[index]!]!,
        writtenAtMicros: keyStamps[index]!,
        row: mine[batch.keys!.rowNumbers[index]!],
      });
    });
  }
}

/** Rest that is equal for equal attributes. */
export function restText(text: string | null): string | null {
  return text === null ? null : canonical(JSON.parse(text));
}

/** The evidence of chunks. */
export function profile(
  chunks: Iterable<Uint8Array>,
  format: RecordFormat,
  unseen: readonly string[] = [],
): TableEvidence {
  const profiler = createProfiler(KEYS, { format, file: 'data/x.json.gz', unseen });
  for (const chunk of chunks) profiler.push(chunk);
  return profiler.end();
}

/** A value a key may have. */
export const keyValue: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 3 }).map((S) => ({ S })),
  numberText.map((N) => ({ N })),
  fc.uint8Array({ maxLength: 3 }).map((bytes) => ({ B: Buffer.from(bytes).toString('base64') })),
);
/** A change under a key `pk`, with any images. */
export const change: fc.Arbitrary<Change> = fc
  .tuple(keyValue, fc.nat(999), fc.option(item), fc.option(item))
  .map(([pk, micros, oldItem, newItem]) => ({
    key: { pk },
    writtenAtMicros: `17000000000000${micros}`,
    ...(oldItem && { oldImage: withKey(oldItem, { pk }) }),
    ...(newItem && { newImage: withKey(newItem, { pk }) }),
  }));

function withKey(image: Item, key: Item): Item {
  return Object.fromEntries([...Object.entries(image), ...Object.entries(key)]);
}
