/** Owns random Parquet files: schemas, and rows that fit them. */
import fc from 'fast-check';
import { BEST_COMPRESSION, type Compression } from '../../src/parquet/compression.js';
import type { ParquetField, ParquetType } from '../../src/parquet/parquet-field.js';
import type { Row, Value } from './parquet-vectors.js';

/** What is written, and how. */
export interface RandomFile {
  readonly fields: readonly ParquetField[];
  /** The rows of each row group. */
  readonly groups: Row[][];
  readonly pageSizeBytes: number;
  readonly compression: Compression;
}

/** A field before its place in the schema gives it a name and an id. */
interface Shape {
  readonly required: boolean;
  readonly type: ShapeType;
}
type ShapeType =
  | { readonly kind: 'string' | 'binary' | 'long' | 'timestamptz' | 'boolean' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'list'; readonly element: Shape }
  | { readonly kind: 'struct'; readonly fields: readonly Shape[] };

const decimal = fc.integer({ min: 1, max: 38 }).chain((precision) =>
  fc.record({
    kind: fc.constant('decimal' as const),
    precision: fc.constant(precision),
    scale: fc.integer({ min: 0, max: precision }),
  }),
);

const leaf: fc.Arbitrary<ShapeType> = fc.oneof(
  fc.record({ kind: fc.constantFrom('string', 'binary', 'long', 'timestamptz', 'boolean') }),
  decimal,
);

function shape(depth: number): fc.Arbitrary<Shape> {
  const type: fc.Arbitrary<ShapeType> =
    depth === 0
      ? leaf
      : fc.oneof(
          { weight: 2, arbitrary: leaf },
          {
            weight: 2,
            arbitrary: fc.record({ kind: fc.constant('list' as const), element: shape(depth - 1) }),
          },
          {
            weight: 1,
            arbitrary: fc.record({
              kind: fc.constant('struct' as const),
              fields: fc.array(shape(depth - 1), { minLength: 1, maxLength: 3 }),
            }),
          },
        );
  return fc.record({ required: fc.boolean(), type });
}

function fieldsOf(shapes: readonly Shape[], nextId: () => number): readonly ParquetField[] {
  return shapes.map((each, at) => fieldOf(`column ${at}`, each, nextId));
}

function fieldOf(name: string, { required, type }: Shape, nextId: () => number): ParquetField {
  return { name, id: nextId(), required, type: typeOf(type, nextId) };
}

function typeOf(type: ShapeType, nextId: () => number): ParquetType {
  switch (type.kind) {
    case 'list':
      return { kind: 'list', element: fieldOf('element', type.element, nextId) };
    case 'struct':
      return { kind: 'struct', fields: fieldsOf(type.fields, nextId) };
    case 'decimal':
      return type;
    case 'string':
    case 'binary':
    case 'long':
    case 'timestamptz':
    case 'boolean':
      return { kind: type.kind };
  }
}

/** Columns of odd ids repeat few values, so that dictionaries and runs come up. */
function valueOf(field: ParquetField): fc.Arbitrary<Value> {
  const present = field.id % 2 === 1 ? repeatedValueOf(field.type) : anyValueOf(field.type);
  return field.required ? present : fc.option(present, { nil: null, freq: 3 });
}

function repeatedValueOf(type: ParquetType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'string':
      return fc.constantFrom('', 'new', 'a status that goes on');
    case 'binary':
      return fc.constantFrom(Uint8Array.of(), Uint8Array.of(0, 255, 128, 7, 0));
    case 'long':
    case 'timestamptz':
      return fc.constantFrom(0n, -1n, 1n << 40n);
    case 'decimal': {
      const most = mostOf(type.precision);
      return fc.constantFrom(0n, most, -most);
    }
    case 'boolean':
    case 'list':
    case 'struct':
      return anyValueOf(type);
  }
}

function anyValueOf(type: ParquetType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'string':
      return fc.string({ unit: 'binary', maxLength: 120 });
    case 'binary':
      return fc.uint8Array({ maxLength: 120 });
    case 'long':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'timestamptz':
      return fc.bigInt({ min: -(10n ** 15n), max: 10n ** 17n });
    case 'boolean':
      return fc.boolean();
    case 'decimal': {
      const most = mostOf(type.precision);
      return fc.bigInt({ min: -most, max: most });
    }
    case 'list':
      return fc.array(valueOf(type.element), { maxLength: 4 });
    case 'struct':
      return fc.record(
        Object.fromEntries(type.fields.map((field) => [field.name, valueOf(field)])),
      );
  }
}

function mostOf(precision: number): bigint {
  return 10n ** BigInt(precision) - 1n;
}

/** Schemas nested three deep, rows of them, and ways to write these. */
export const parquetFile: fc.Arbitrary<RandomFile> = fc
  .array(shape(3), { minLength: 1, maxLength: 4 })
  .map((shapes) => {
    let id = 0;
    return fieldsOf(shapes, () => (id += 1));
  })
  .chain((fields) =>
    fc.record({
      fields: fc.constant(fields),
      groups: fc.array(
        fc.array(
          fc.record(Object.fromEntries(fields.map((field) => [field.name, valueOf(field)]))),
          { maxLength: 40 },
        ),
        { maxLength: 3 },
      ),
      pageSizeBytes: fc.constantFrom(1, 64, 1 << 20),
      compression: fc.constantFrom<Compression>('snappy', 'none', BEST_COMPRESSION),
    }),
  );
