/**
 * Owns the schema as a footer has it: a flat list, each group before its children.
 *
 * Source: parquet.thrift, SchemaElement and LogicalType; LogicalTypes.md for lists and decimals;
 * Iceberg's specification, Appendix A, for the type of each column.
 */
import { unreachable } from '../core/assert.js';
import { decimalWidthBytes } from './leaf-values-of.js';
import type { LeafType } from './leaf-column.js';
import type { ParquetField } from './parquet-field.js';
import type { ThriftWriter } from './thrift-compact.js';

/** parquet.thrift: Type. */
const PhysicalType = { boolean: 0, int32: 1, int64: 2, byteArray: 6, fixed: 7 } as const;
type PhysicalType = (typeof PhysicalType)[keyof typeof PhysicalType];

/** parquet.thrift: ConvertedType, for readers older than LogicalType. */
const Converted = { utf8: 0, list: 3, decimal: 5, timestampMicros: 10 } as const;

/** parquet.thrift: FieldRepetitionType. */
const Repetition = { required: 0, optional: 1, repeated: 2 } as const;

/** Ids of fields in parquet.thrift's SchemaElement. */
const Id = {
  type: 1,
  typeLength: 2,
  repetition: 3,
  name: 4,
  children: 5,
  converted: 6,
  scale: 7,
  precision: 8,
  fieldId: 9,
  logical: 10,
} as const;

/** Writes one element. */
export type SchemaElement = (writer: ThriftWriter) => void;

/** Parquet's type of a leaf. */
export function physicalType(type: LeafType): PhysicalType {
  switch (type.kind) {
    case 'string':
    case 'binary':
      return PhysicalType.byteArray;
    case 'long':
    case 'timestamptz':
      return PhysicalType.int64;
    case 'boolean':
      return PhysicalType.boolean;
    case 'decimal':
      if (type.precision <= 9) return PhysicalType.int32;
      return type.precision <= 18 ? PhysicalType.int64 : PhysicalType.fixed;
    default:
      return unreachable(type);
  }
}

/** The elements of a whole schema, its root first. */
export function schemaElements(fields: readonly ParquetField[]): readonly SchemaElement[] {
  const root: SchemaElement = (writer) => {
    writer.string(Id.name, 'table');
    writer.i32(Id.children, fields.length);
  };
  return [root, ...fields.flatMap(elementsOf)];
}

function elementsOf(field: ParquetField): readonly SchemaElement[] {
  const { type } = field;
  const repetition = field.required ? Repetition.required : Repetition.optional;
  if (type.kind === 'struct') {
    const group: SchemaElement = (writer) => {
      writer.i32(Id.repetition, repetition);
      writer.string(Id.name, field.name);
      writer.i32(Id.children, type.fields.length);
      writer.i32(Id.fieldId, field.id);
    };
    return [group, ...type.fields.flatMap(elementsOf)];
  }
  if (type.kind === 'list') {
    const group: SchemaElement = (writer) => {
      writer.i32(Id.repetition, repetition);
      writer.string(Id.name, field.name);
      writer.i32(Id.children, 1);
      writer.i32(Id.converted, Converted.list);
      writer.i32(Id.fieldId, field.id);
      writeLogical(writer, 3);
    };
    const repeated: SchemaElement = (writer) => {
      writer.i32(Id.repetition, Repetition.repeated);
      writer.string(Id.name, 'list');
      writer.i32(Id.children, 1);
    };
    return [group, repeated, ...elementsOf(type.element)];
  }
  return [
    (writer) => {
      writeLeaf(writer, field, type, repetition);
    },
  ];
}

function writeLeaf(
  writer: ThriftWriter,
  field: ParquetField,
  type: LeafType,
  repetition: number,
): void {
  const physical = physicalType(type);
  writer.i32(Id.type, physical);
  if (type.kind === 'decimal' && physical === PhysicalType.fixed) {
    writer.i32(Id.typeLength, decimalWidthBytes(type.precision));
  }
  writer.i32(Id.repetition, repetition);
  writer.string(Id.name, field.name);
  if (type.kind === 'string') writer.i32(Id.converted, Converted.utf8);
  if (type.kind === 'timestamptz') writer.i32(Id.converted, Converted.timestampMicros);
  if (type.kind === 'decimal') {
    writer.i32(Id.converted, Converted.decimal);
    writer.i32(Id.scale, type.scale);
    writer.i32(Id.precision, type.precision);
  }
  writer.i32(Id.fieldId, field.id);
  if (type.kind === 'string') writeLogical(writer, 1);
  if (type.kind === 'decimal') {
    writeLogical(writer, 5, () => {
      writer.i32(1, type.scale);
      writer.i32(2, type.precision);
    });
  }
  if (type.kind === 'timestamptz') {
    writeLogical(writer, 8, () => {
      const isAdjustedToUtc = true;
      writer.bool(1, isAdjustedToUtc);
      const MICROS = 2;
      writer.struct(2, () => {
        writer.struct(MICROS, noFields);
      });
    });
  }
}

/** `variant` is the id of the type in the union LogicalType. */
function writeLogical(writer: ThriftWriter, variant: number, writeFields = noFields): void {
  writer.struct(Id.logical, () => {
    writer.struct(variant, writeFields);
  });
}

function noFields(): void {
  // A variant of a union that says all by being there.
}
