/** Owns a table's partition specs: finding the one that is wanted, or adding it. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { claimName } from '../lake/column-names.js';
import { suitsType, type PartitionTerm, type PartitionTransform } from '../lake/partition-term.js';
import type { TableCommit } from './catalog.js';
import { avroName } from './partition-type.js';
import { ownColumns, type KnownTable } from './table-columns.js';
import type { PartitionSpec, TableMetadata } from './table-metadata.js';

/** Iceberg numbers partition fields from 1000 on; this says that none was numbered yet. */
export const NO_PARTITION_ID = 999;

type SpecField = PartitionSpec['fields'][number];
type Specs = Pick<TableMetadata, 'partition-specs' | 'last-partition-id'>;

const NO_SPECS: Specs = { 'partition-specs': [], 'last-partition-id': NO_PARTITION_ID };

/** Whether all of `terms` have columns to go by: a table has none before its first row. */
export function hasColumnsFor(
  { schema, columns }: KnownTable,
  terms: readonly PartitionTerm[],
): boolean {
  const own = ownColumns(schema.fields, columns.columns);
  return terms.every(({ attribute, transform }) =>
    own.some((column) => column.attribute === attribute && suitsType(transform, column.type)),
  );
}

/**
 * The spec of `terms`, in their order: one that the table has, whatever its names, or the next. A field
 * that a spec had already keeps its id, as Iceberg's specification asks of evolution. InvalidConfig
 * when a term's attribute has no column, or one of another type.
 */
export function specOfTerms(
  { schema, columns }: KnownTable,
  terms: readonly PartitionTerm[],
  { 'partition-specs': specs, 'last-partition-id': lastId }: Specs = NO_SPECS,
): PartitionSpec {
  const own = ownColumns(schema.fields, columns.columns);
  const names = new Set(schema.fields.map(({ name }) => name.toLowerCase()));
  const known = specs.flatMap(({ fields }) => fields);
  let last = lastId;
  const fields = terms.map(({ attribute, transform }): SpecField => {
    const column = own.find((each) => each.attribute === attribute);
    if (column === undefined) throw unknownAttribute(attribute);
    if (!suitsType(transform, column.type)) throw unsuited(attribute, transform, column.type.kind);
    const text = transformText(transform);
    const before = known.find((one) => one['source-id'] === column.id && one.transform === text);
    const name = schema.fields.find(({ id }) => id === column.id)?.name ?? attribute;
    return {
      'source-id': column.id,
      'field-id': before?.['field-id'] ?? ++last,
      name: transform.kind === 'identity' ? name : claimName(fieldName(name, transform), names),
      transform: text,
    };
  });
  const found = specs.find((spec) => sameFields(spec.fields, fields));
  const next = Math.max(-1, ...specs.map((spec) => spec['spec-id'])) + 1;
  return found ?? { 'spec-id': next, fields };
}

/** What adds `spec` if the table has it not, and makes it the one that engines write by. */
export function specCommitOf(metadata: TableMetadata, spec: PartitionSpec): TableCommit {
  const isThere = metadata['partition-specs'].some((each) => each['spec-id'] === spec['spec-id']);
  if (isThere && metadata['default-spec-id'] === spec['spec-id']) {
    return { requirements: [], updates: [] };
  }
  return {
    requirements: [
      {
        type: 'assert-last-assigned-partition-id',
        'last-assigned-partition-id': metadata['last-partition-id'],
      },
      { type: 'assert-default-spec-id', 'default-spec-id': metadata['default-spec-id'] },
    ],
    updates: [
      { action: 'add-spec', spec },
      { action: 'set-default-spec', 'spec-id': -1 },
    ],
  };
}

/** Whether rows are parted alike; names do not count. */
export function sameFields(a: PartitionSpec['fields'], b: PartitionSpec['fields']): boolean {
  return (
    a.length === b.length &&
    a.every((field, index) => {
      const other = b[index];
      return field['source-id'] === other?.['source-id'] && field.transform === other.transform;
    })
  );
}

/** By which a file's record knows the values of a field. */
export function partitionName({ name }: Pick<SpecField, 'name'>): string {
  return avroName(name);
}

/** The transform as Iceberg writes it. */
function transformText(transform: PartitionTransform): string {
  switch (transform.kind) {
    case 'identity':
      return 'identity';
    case 'bucket':
      return `bucket[${transform.buckets}]`;
    case 'truncate':
      return `truncate[${transform.width}]`;
  }
}

/** The transform of a field of ours; undefined for what others may have chosen. */
export function transformOf(text: string): PartitionTransform | undefined {
  if (text === 'identity') return { kind: 'identity' };
  const [, kind, number] = /^(bucket|truncate)\[(\d+)\]$/.exec(text) ?? [];
  if (kind === 'bucket') return { kind, buckets: Number(number) };
  return kind === 'truncate' ? { kind, width: Number(number) } : undefined;
}

/** As Spark names them. */
function fieldName(column: string, transform: PartitionTransform): string {
  return transform.kind === 'bucket'
    ? `${column}_bucket_${transform.buckets}`
    : `${column}_trunc_${transform.kind === 'truncate' ? transform.width : 0}`;
}

function unknownAttribute(attribute: string): TidemarkError {
  return new TidemarkError(`partitionBy names "${attribute}", which has no column in the table.`, {
    code: ErrorCode.InvalidConfig,
    subject: attribute,
    hint: 'Name an attribute that items have at their top level, spelt as it is there.',
  });
}

function unsuited(attribute: string, { kind }: PartitionTransform, type: string): TidemarkError {
  return new TidemarkError(
    `partitionBy cannot part rows by ${kind} of "${attribute}": its column is of the kind ${type}.`,
    {
      code: ErrorCode.InvalidConfig,
      subject: attribute,
      hint: 'Name an attribute of text, numbers or bytes; or, as it is, of true and false.',
    },
  );
}
