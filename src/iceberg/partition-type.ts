/** Owns the types of a partition spec's values, in Iceberg and in Avro. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { WIDE_LONG, type AvroSchema } from './avro-file.js';
import type { IcebergField, IcebergSchema, IcebergType } from './iceberg-schema.js';
import type { PartitionSpec } from './table-metadata.js';

/** Whose values a partition's types follow: columns may have been dropped since. */
export type Schemas = readonly Pick<IcebergSchema, 'fields'>[];

/** The fields of the record that holds a partition's values in a manifest. */
export function partitionFieldsOf(spec: PartitionSpec, schemas: Schemas): readonly AvroSchema[] {
  return spec.fields.map((field) => {
    const { name, 'field-id': id } = field;
    return {
      name: avroName(name),
      // A fixed type has a name, and no two of a manifest may share one.
      type: ['null', primitiveType(partitionTypeOf(field, schemas), `f${id}`)],
      default: null,
      'field-id': id,
      ...(avroName(name) === name ? {} : { 'iceberg-field-name': name }),
    };
  });
}

/** A name that Avro permits, as Iceberg's own writers make it: `a b` becomes `a_x20b`. */
export function avroName(name: string): string {
  return Array.from(name)
    .map((char, index) => {
      if (/[A-Za-z_]/.test(char) || (index > 0 && /[0-9]/.test(char))) return char;
      if (/[0-9]/.test(char)) return `_${char}`;
      return `_x${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()}`;
    })
    .join('');
}

/** The Iceberg type of a field's values: the name of a primitive one. */
export function partitionTypeOf(
  { transform, 'source-id': sourceId }: PartitionSpec['fields'][number],
  schemas: Schemas,
): string {
  if (/^(bucket\[|year$|month$|hour$)/.test(transform)) return 'int';
  if (transform === 'day') return 'date';
  for (const schema of schemas) {
    const type = typeOfField(schema.fields, sourceId);
    if (typeof type === 'string') return type;
  }
  throw new TidemarkError(`The column of partition field id ${sourceId} is in no schema.`, {
    code: ErrorCode.CorruptLake,
    subject: String(sourceId),
    hint: 'Restore the metadata file of an earlier version of the table.',
  });
}

/** The type of a column, or of a field in a struct; undefined when there is none of the id. */
export function typeOfField(fields: readonly IcebergField[], id: number): IcebergType | undefined {
  for (const field of fields) {
    if (field.id === id) return field.type;
    // A partition's source may lie in a struct, never in a list or a map.
    if (typeof field.type === 'string' || field.type.type !== 'struct') continue;
    const nested = typeOfField(field.type.fields, id);
    if (nested !== undefined) return nested;
  }
  return undefined;
}

function primitiveType(type: string, fixedName: string): AvroSchema {
  const [, base = type, arguments_ = ''] = /^(\w+)\s*[([]([^)\]]*)[)\]]$/.exec(type) ?? [];
  const [first = 0, second = 0] = arguments_.split(',').map(Number);
  switch (base) {
    case 'boolean':
    case 'int':
    case 'float':
    case 'double':
    case 'string':
      return base;
    case 'long':
      return WIDE_LONG;
    case 'date':
      return { type: 'int', logicalType: 'date' };
    case 'time':
      return { type: WIDE_LONG, logicalType: 'time-micros' };
    case 'timestamp':
    case 'timestamptz':
      return {
        type: WIDE_LONG,
        logicalType: 'timestamp-micros',
        'adjust-to-utc': base === 'timestamptz',
      };
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return {
        type: WIDE_LONG,
        logicalType: 'timestamp-nanos',
        'adjust-to-utc': base === 'timestamptz_ns',
      };
    case 'uuid':
      return { type: 'fixed', name: fixedName, size: 16, logicalType: 'uuid' };
    case 'fixed':
      return { type: 'fixed', name: fixedName, size: first };
    case 'decimal':
      return {
        type: 'fixed',
        name: fixedName,
        size: decimalBytes(first),
        logicalType: 'decimal',
        precision: first,
        scale: second,
      };
    default:
      return 'bytes';
  }
}

/** The fewest bytes whose two's complement holds every number of that many digits. */
function decimalBytes(precision: number): number {
  const largest = 10n ** BigInt(precision) - 1n;
  return Math.floor(largest.toString(2).length / 8) + 1;
}
