/** Owns the laws of parted rows: each is written once, where it is said to be, in a file of its partition. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Vector } from '../../src/parquet/vector.js';
import type { ParquetField, ParquetType } from '../../src/parquet/parquet-field.js';
import { GatheredColumn } from '../../src/processing/partition/gathered-column.js';
import { createPartitionedFiles } from '../../src/processing/partition/partitioned-files.js';
import { rankedVector } from '../../src/processing/partition/ranked-vector.js';
import type { LocalFile } from '../../src/processing/threads/local-files.js';
import type { RowFiles } from '../../src/processing/threads/row-files.js';
import type { ScannedRows } from '../../src/processing/scan/row-scanner.js';
import { parquetFile } from '../support/parquet-arbitraries.js';
import { askDuckDb, vectorOf } from '../support/parquet-vectors.js';

/** A vector without the room that its arrays have to grow. */
function trimmed(vector: Vector): unknown {
  const { kind, length, values } = vector;
  const valid = vector.valid.slice(0, length);
  switch (vector.kind) {
    case 'bytes': {
      const offsets = vector.offsets.slice(0, values + 1);
      return { kind, length, values, valid, offsets, data: vector.data.slice(0, offsets.at(-1)) };
    }
    case 'long':
      return { kind, length, values, valid, words: vector.words.slice(0, 2 * values) };
    case 'decimal':
      return { kind, length, values, valid, data: vector.data.slice(0, 16 * values) };
    case 'boolean':
      return { kind, length, values, valid, data: vector.data.slice(0, values) };
    case 'list': {
      const offsets = vector.offsets.slice(0, values + 1);
      return { kind, length, values, valid, offsets, element: trimmed(vector.element) };
    }
    case 'struct':
      return { kind, length, values, valid, fields: vector.fields.map(trimmed) };
  }
}

test('a column of chosen rows is the column of their values, whatever its type', () => {
  fc.assert(
    fc.property(parquetFile, fc.infiniteStream(fc.nat()), ({ fields, groups }, picks) => {
      for (const { name, type } of fields) {
        const gathered = new GatheredColumn(type);
        const chosen = groups.flatMap((rows) => {
          const slots = Int32Array.from(rows, () => picks.next().value % rows.length);
          const column = vectorOf(
            type,
            rows.map((row) => row[name] ?? null),
          );
          gathered.add(rankedVector(column), slots);
          return Array.from(slots, (slot) => rows[slot]?.[name] ?? null);
        });
        expect(trimmed(gathered.vector())).toEqual(trimmed(vectorOf(type, chosen)));
      }
    }),
    { numRuns: 150 },
  );
});

const STRING: ParquetType = { kind: 'string' };
const FIELDS: readonly ParquetField[] = ['key', 'part', '_written_at_micros', '_rest'].map(
  (name, index) => ({
    name,
    id: index + 1,
    required: false,
    type: name === '_written_at_micros' ? { kind: 'long' } : STRING,
  }),
);
const PARTITION_FIELDS = [
  { name: 'part', column: 1, transform: { kind: 'identity' }, isText: true },
] as const;

interface Row {
  readonly key: string;
  readonly part: string | null;
}

function scannedOf(rows: readonly Row[]): ScannedRows {
  const nothing = rows.map(() => null);
  return {
    rows: rows.length,
    columns: [
      vectorOf(
        STRING,
        rows.map(({ key }) => key),
      ),
      vectorOf(
        STRING,
        rows.map(({ part }) => part),
      ),
    ],
    writtenAtMicros: vectorOf({ kind: 'long' }, nothing) as ScannedRows['writtenAtMicros'],
    rest: vectorOf(STRING, nothing) as ScannedRows['rest'],
    keys: undefined,
    changes: undefined,
    passedOver: undefined,
  };
}

describe('files of partitions', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'partitioned-files-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const open = (heldBytes?: number, maxPartitions = Infinity): RowFiles =>
    createPartitionedFiles({
      fields: FIELDS,
      directory,
      fileBytes: 5000,
      partitionFields: PARTITION_FIELDS,
      maxPartitions,
      ...(heldBytes === undefined ? {} : { heldBytes }),
    });

  /** 40 batches of 250 rows in 251 partitions, most of them in few. */
  const batches = Array.from({ length: 40 }, (_batch, batch) =>
    Array.from({ length: 250 }, (_row, row): Row => {
      const number = batch * 250 + row;
      const part = row % 3 === 0 ? (number + batch) % 250 : number % 5;
      return { key: `key ${number}`, part: row % 50 === 1 ? null : `part ${part}` };
    }),
  );

  async function write(files: RowFiles): Promise<readonly LocalFile[]> {
    const placed: [file: number, position: number, row: Row][] = [];
    for (const rows of batches) {
      const places = await files.add(scannedOf(rows));
      rows.forEach((row, at) => placed.push([places.fileOf(at), places.positionOf(at), row]));
    }
    const written = await files.end();
    const paths = written.map(({ path }) => `'${path}'`).join(', ');
    const found = await askDuckDb(
      `SELECT filename, file_row_number, "key", "part"
       FROM read_parquet([${paths}], filename = true, file_row_number = true)`,
    );
    const texts = (rows: readonly (readonly unknown[])[]): readonly string[] =>
      rows.map((row) => row.map(String).join('|')).sort();
    expect(texts(found.map((row) => Object.values(row)))).toEqual(
      texts(placed.map(([file, at, row]) => [written[file]?.path, at, row.key, row.part])),
    );
    for (const [number, { partition, facts }] of written.entries()) {
      const rows = placed.filter(([file]) => file === number);
      expect(rows).toHaveLength(facts.rows);
      expect(new Set(rows.map(([, , { part }]) => part))).toEqual(new Set([partition['part']]));
    }
    return written;
  }

  test('are one a partition while all is held', async () => {
    expect(await write(open())).toHaveLength(251);
  });

  test('hold all rows however little is held, and of many partitions', async () => {
    expect((await write(open(1))).length).toBeGreaterThan(251);
  });

  test('are refused when they are too many for anybody to want them', async () => {
    await expect(write(open(undefined, 250))).rejects.toMatchObject({ code: 'InvalidConfig' });
  });
});
