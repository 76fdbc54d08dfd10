/** Owns the laws of Iceberg metadata: what is written is read back, and what commits say adds up. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evolveSchema, type EvolvedSchema } from '../../src/iceberg/evolve-schema.js';
import type { IcebergField, IcebergType } from '../../src/iceberg/iceberg-schema.js';
import { readManifest, writeManifest } from '../../src/iceberg/manifest-file.js';
import {
  EntryStatus,
  FileContent,
  ManifestContent,
  fileKey,
  type DataFile,
  type ManifestEntry,
} from '../../src/iceberg/manifest.js';
import {
  formatLosslessJson,
  formatTableMetadata,
  parseLosslessJson,
  parseTableMetadata,
} from '../../src/iceberg/metadata-json.js';
import { parquetFieldsOf } from '../../src/iceberg/parquet-fields.js';
import { planScan } from '../../src/iceberg/plan-scan.js';
import { decodeRoaring, encodeRoaring } from '../../src/iceberg/roaring-bitmap.js';
import { tableSchemaOf } from '../../src/iceberg/table-columns.js';
import { currentSnapshot } from '../../src/iceberg/table-state.js';
import type { Column } from '../../src/lake/column-type.js';
import { addItem, newTableEvidence } from '../../src/lake/evidence.js';
import { settleSchema } from '../../src/lake/settle-schema.js';
import { keyedItem } from '../support/export-fixtures.js';
import { MemoryTable, dataFile, deleteFile } from '../unit/iceberg/sample-files.js';
import { SCHEMA } from '../unit/iceberg/sample-metadata.js';

const long = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const count = fc.nat({ max: 2 ** 52 });
const orNull = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { nil: null });
const keyed = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<{ key: number; value: T }[]> =>
  fc.array(fc.record({ key: fc.nat(), value: of }), { maxLength: 4 });
const bytes = fc.uint8Array({ maxLength: 20 }).map((value) => Buffer.from(value));

const entry: fc.Arbitrary<ManifestEntry> = fc.record({
  status: fc.constantFrom(...Object.values(EntryStatus)),
  snapshot_id: orNull(long),
  sequence_number: orNull(count),
  file_sequence_number: orNull(count),
  data_file: fc.record({
    content: fc.constantFrom(...Object.values(FileContent)),
    file_path: fc.string({ unit: 'binary' }),
    file_format: fc.constantFrom('PARQUET', 'PUFFIN', 'avro'),
    spec_id: fc.constant(0),
    partition: fc.constant({}),
    record_count: count,
    file_size_in_bytes: count,
    column_sizes: orNull(keyed(count)),
    value_counts: orNull(keyed(count)),
    null_value_counts: orNull(keyed(count)),
    nan_value_counts: orNull(keyed(count)),
    lower_bounds: orNull(keyed(bytes)),
    upper_bounds: orNull(keyed(bytes)),
    key_metadata: orNull(bytes),
    split_offsets: orNull(fc.array(count, { maxLength: 3 })),
    equality_ids: orNull(fc.array(fc.nat(), { maxLength: 3 })),
    sort_order_id: orNull(fc.nat()),
    first_row_id: orNull(count),
    referenced_data_file: orNull(fc.webUrl()),
    content_offset: orNull(count),
    content_size_in_bytes: orNull(count),
  }),
});

/** JSON as other writers may put it into metadata. */
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.string({ unit: 'binary' }),
    fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map((value) => {
      return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value))
        ? Number(value)
        : value;
    }),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => !(key in {})),
      tie('json'),
      {
        maxKeys: 4,
        noNullPrototype: true,
      },
    ),
  ),
}));

describe('what is written is read back', () => {
  test('manifests', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        const context = {
          formatVersion: 3,
          content: ManifestContent.Data,
          schema: SCHEMA,
          spec: { 'spec-id': 0, fields: [] },
          schemas: [SCHEMA],
        };
        expect(readManifest(writeManifest(entries, context), 'm.avro')).toEqual(entries);
      }),
      { numRuns: 200 },
    );
  });

  test('JSON, with integers of any size', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(parseLosslessJson(formatLosslessJson(value))).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test('sets of positions', () => {
    const position = fc.oneof(fc.nat({ max: 200_000 }), fc.nat({ max: 2 ** 40 }));
    const run = fc
      .tuple(fc.nat({ max: 300_000 }), fc.nat({ max: 9000 }))
      .map(([from, length]) => Array.from({ length }, (_, index) => from + index));
    fc.assert(
      fc.property(fc.array(position), fc.array(run, { maxLength: 2 }), (some, runs) => {
        const all = [...new Set([...some, ...runs.flat()])].sort((a, b) => a - b);
        expect(decodeRoaring(encodeRoaring(all))).toEqual(all);
      }),
      { numRuns: 100 },
    );
  });
});

/** One commit: files added, and which of the live ones go. */
const step = fc.record({
  data: fc.nat({ max: 3 }),
  deletes: fc.nat({ max: 2 }),
  removedShare: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
  replacesAll: fc.boolean(),
});

describe('commits', () => {
  test('leave the files that were added and not removed, whatever was merged, and count them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(2, 3, 100),
        async (steps, minCount) => {
          const table = new MemoryTable();
          const live = new Map<string, { file: DataFile; age: number }>();
          for (const [index, { data, deletes, removedShare, replacesAll }] of steps.entries()) {
            const age = index + 1;
            const added = [
              ...range(data).map((at) => dataFile(`f${age}-${at}`, { record_count: at + 1 })),
              ...range(deletes).map((at) => deleteFile(`d${age}-${at}`)),
            ];
            const all = replacesAll && index % 4 === 3;
            const keys = [...live.keys()];
            const gone = all ? keys : keys.slice(0, Math.floor(keys.length * removedShare));
            await table.commit({
              operation: 'overwrite',
              added,
              removed: all ? 'all' : new Set(gone),
              mergeLimits: { minCount, targetSizeBytes: 20_000 },
            });
            for (const key of gone) live.delete(key);
            for (const file of added) live.set(fileKey(file), { file, age });
          }
          const { metadata, read } = table;
          const snapshot = currentSnapshot(metadata)!;
          const plan = await planScan(metadata, snapshot['snapshot-id'], read);
          const found = [...plan.dataFiles, ...plan.deleteFiles];
          expect(
            found.map(({ file, sequenceNumber }) => `${fileKey(file)} ${sequenceNumber}`).sort(),
          ).toEqual([...live].map(([key, { age }]) => `${key} ${age}`).sort());
          const dataFiles = [...live.values()].filter(({ file }) => file.content === 0);
          expect(snapshot.summary).toMatchObject({
            'total-data-files': String(dataFiles.length),
            'total-delete-files': String(live.size - dataFiles.length),
            'total-records': String(
              dataFiles.reduce((sum, { file }) => sum + file.record_count, 0),
            ),
          });
          const text = formatTableMetadata(metadata);
          expect(parseTableMetadata(text, 'v1.metadata.json')).toEqual(metadata);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('schemas', () => {
  test('only grow: ids, names and types stay, and every wanted attribute has its column', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(keyedItem, { maxLength: 5 }), { minLength: 1, maxLength: 5 }),
        (loads) => {
          let table: EvolvedSchema | undefined;
          for (const load of loads) {
            const evidence = newTableEvidence();
            for (const each of load) addItem(evidence, each, ['pk']);
            const before = table;
            const previous = before && tableSchemaOf(before);
            const wanted = settleSchema(previous, evidence, ['pk']);
            if (!wanted.columns.some(({ attribute }) => attribute === 'pk')) continue;
            table = evolveSchema(before, wanted);
            const ids = idsOf(table.schema.fields);
            expect(new Set(ids.keys()).size).toBe(ids.size);
            expect(Math.max(...ids.keys())).toBeLessThanOrEqual(table.lastColumnId);
            for (const [id, is] of before ? idsOf(before.schema.fields) : []) {
              expect(ids.get(id)).toBe(is);
            }
            const attributes = (columns: readonly Column[]): readonly string[] =>
              columns.map(({ attribute }) => attribute);
            expect(attributes(tableSchemaOf(table).columns)).toEqual(
              expect.arrayContaining([...attributes(wanted.columns)]),
            );
            expect(parquetFieldsOf(table)).toHaveLength(table.schema.fields.length);
            expect(evolveSchema(table, wanted).added).toEqual([]);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => index);
}

/** Each field's path and primitive type by its id; an id that comes twice is an error. */
function idsOf(fields: readonly IcebergField[], path = ''): Map<number, string> {
  const ids = new Map<number, string>();
  const put = (id: number, is: string): void => {
    expect(ids.has(id)).toBe(false);
    ids.set(id, is);
  };
  const visit = (id: number, name: string, type: IcebergType): void => {
    put(id, `${name} ${typeof type === 'string' ? type : type.type}`);
    if (typeof type === 'string' || type.type === 'map') return;
    if (type.type === 'list') visit(type['element-id'], `${name}.element`, type.element);
    else for (const [inner, is] of idsOf(type.fields, `${name}.`)) put(inner, is);
  };
  for (const { id, name, type } of fields) visit(id, path + name, type);
  return ids;
}
