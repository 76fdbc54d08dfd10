/** Owns the Parquet schemas of a table's data files and of its position delete files. */
import type { ParquetField, ParquetType } from '../parquet/parquet-field.js';
import type { IcebergField, IcebergType } from './iceberg-schema.js';
import { ownColumns, type KnownColumn, type KnownTable, type KnownType } from './table-columns.js';

/** The field ids that Iceberg reserves for position delete files. */
export const PositionDeleteField = { FilePath: 2147483546, Position: 2147483545 } as const;

/**
 * The columns by which a row that is moved keeps its id and its age, in format version 3:
 * https://iceberg.apache.org/spec/#row-lineage.
 */
export const ROW_LINEAGE_FIELDS: readonly ParquetField[] = [
  { name: '_row_id', id: 2147483540, required: false, type: { kind: 'long' } },
  {
    name: '_last_updated_sequence_number',
    id: 2147483539,
    required: false,
    type: { kind: 'long' },
  },
];

/** The columns of a position delete file, whose rows are sorted by the first, then the second. */
export const POSITION_DELETE_FIELDS: readonly ParquetField[] = [
  {
    name: 'file_path',
    id: PositionDeleteField.FilePath,
    required: true,
    type: { kind: 'string' },
  },
  { name: 'pos', id: PositionDeleteField.Position, required: true, type: { kind: 'long' } },
];

/**
 * The columns of a data file: ours in the order of `tableSchemaOf`, then the time of writing and
 * `_rest`. Columns of other people are left out, which readers take for null.
 */
export function parquetFieldsOf({ schema, columns }: KnownTable): readonly ParquetField[] {
  const text: KnownType = { kind: 'string' };
  const writtenAt = schema.fields.find(({ id }) => id === columns.writtenAtMicrosId);
  const isTime = writtenAt?.type === 'timestamptz';
  const system: readonly KnownColumn[] = [
    {
      id: columns.writtenAtMicrosId,
      attribute: '',
      type: { kind: isTime ? 'timestamptz' : 'long' },
    },
    { id: columns.restId, attribute: '', type: text },
  ];
  return fieldsOf(schema.fields, [...ownColumns(schema.fields, columns.columns), ...system]);
}

function fieldsOf(
  fields: readonly IcebergField[],
  own: readonly KnownColumn[],
): readonly ParquetField[] {
  const byId = new Map(fields.map((field) => [field.id, field]));
  return own.flatMap(({ id, type }) => {
    const field = byId.get(id);
    if (field === undefined) return [];
    const { name, required } = field;
    return [{ id, name, required, type: parquetTypeOf(field.type, type) }];
  });
}

function parquetTypeOf(found: IcebergType, known: KnownType): ParquetType {
  switch (known.kind) {
    case 'string':
    case 'numeral':
    case 'json':
    case 'hash':
      return { kind: 'string' };
    case 'long':
    case 'boolean':
    case 'binary':
    case 'timestamptz':
      return { kind: known.kind };
    case 'decimal':
      return { kind: 'decimal', precision: known.precision, scale: known.scale };
    case 'list':
    case 'set': {
      const list = typeof found !== 'string' && found.type === 'list' ? found : undefined;
      return {
        kind: 'list',
        element: {
          name: 'element',
          id: known.elementId,
          required: list?.['element-required'] ?? false,
          type: parquetTypeOf(list?.element ?? '', known.element),
        },
      };
    }
    case 'struct': {
      const fields = typeof found !== 'string' && found.type === 'struct' ? found.fields : [];
      return { kind: 'struct', fields: fieldsOf(fields, known.fields) };
    }
  }
}
