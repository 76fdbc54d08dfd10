/** Owns how the Avro types of others' manifests are made like ours, so that all read alike. */
import { WIDE_LONG, type AvroSchema } from './avro-file.js';
import { PARTITION_ID, entryType, manifestFileType } from './manifest-types.js';

interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly 'field-id'?: number;
}

/** The field ids of snapshot ids, whose longs need all of their 64 bits. */
const SNAPSHOT_IDS: ReadonlySet<number> = new Set([1, 503]);

/** Our names by field id: writers of different ages agree on the ids alone. */
const NAMES = new Map([...namesIn(entryType(3, [])), ...namesIn(manifestFileType(3))]);

function namesIn(schema: AvroSchema): readonly (readonly [number, string])[] {
  if (typeof schema === 'string') return [];
  if (isUnion(schema)) return schema.flatMap(namesIn);
  const { fields, items } = schema;
  if (isSchema(items)) return namesIn(items);
  return (Array.isArray(fields) ? (fields as readonly AvroField[]) : []).flatMap(
    ({ name, type, 'field-id': id }) => [[id ?? -1, name] as const, ...namesIn(type)],
  );
}

/**
 * `schema` of whatever writer, its fields named as ours by their ids, ids of snapshots and partition
 * values read with all their bits. `partitionNames` has the names of partition fields by id.
 */
export function likeOurs(
  schema: AvroSchema,
  partitionNames: ReadonlyMap<number, string> = new Map(),
): AvroSchema {
  return adapt(schema, false, partitionNames);
}

function adapt(
  schema: AvroSchema,
  wide: boolean,
  partitionNames: ReadonlyMap<number, string>,
): AvroSchema {
  if (typeof schema === 'string') return wide && schema === 'long' ? WIDE_LONG : schema;
  if (isUnion(schema)) return schema.map((branch) => adapt(branch, wide, partitionNames));
  const { fields, items, type, ...rest } = schema;
  return {
    ...rest,
    type: isSchema(type) ? adapt(type, wide, partitionNames) : type,
    ...(isSchema(items) ? { items: adapt(items, wide, partitionNames) } : {}),
    ...(Array.isArray(fields)
      ? { fields: fields.map((field: AvroField) => adaptField(field, wide, partitionNames)) }
      : {}),
  };
}

function adaptField(
  field: AvroField,
  inPartition: boolean,
  partitionNames: ReadonlyMap<number, string>,
): AvroSchema {
  const id = field['field-id'] ?? -1;
  const wide = inPartition || SNAPSHOT_IDS.has(id) || id === PARTITION_ID;
  const name = (inPartition ? partitionNames : NAMES).get(id) ?? field.name;
  return { ...field, name, type: adapt(field.type, wide, partitionNames) };
}

function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema);
}

function isSchema(value: unknown): value is AvroSchema {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}
