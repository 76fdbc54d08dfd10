/** Owns tests of how a table's schema begins and grows. */
import { describe, expect, test } from '@jest/globals';
import {
  evolveSchema,
  schemaCommitOf,
  type EvolvedSchema,
} from '../../../src/iceberg/evolve-schema.js';
import type { IcebergField, IcebergList } from '../../../src/iceberg/iceberg-schema.js';
import { parquetFieldsOf } from '../../../src/iceberg/parquet-fields.js';
import {
  COLUMNS_PROPERTY,
  formatColumns,
  knownTableOf,
  tableSchemaOf,
} from '../../../src/iceberg/table-columns.js';
import type { Column, ColumnType, TableSchema } from '../../../src/lake/column-type.js';
import { apply, sampleMetadata } from './sample-metadata.js';

const column = (name: string, type: ColumnType, attribute = name): Column => ({
  attribute,
  name,
  type,
});
const STRING: ColumnType = { kind: 'string' };
const ADDRESS: ColumnType = {
  kind: 'struct',
  fields: [column('zip', STRING), column('n', { kind: 'long' })],
};
const WANTED: TableSchema = {
  keyAttributes: ['pk', 'sk'],
  columns: [
    column('pk', STRING),
    column('sk', { kind: 'numeral' }),
    column('address', ADDRESS),
    column('a_2', { kind: 'json' }, 'A'),
    column('lines', { kind: 'list', element: ADDRESS }),
    column('price', { kind: 'decimal', integerDigits: 5, scale: 2 }),
    column('tags', { kind: 'set', element: STRING }),
  ],
};

function withColumns(...columns: readonly Column[]): TableSchema {
  return { ...WANTED, columns: [...WANTED.columns, ...columns] };
}

function named(evolved: EvolvedSchema, name: string): IcebergField {
  return evolved.schema.fields.find((field) => field.name === name)!;
}

/** The evolved schema with its fields changed, as another engine may do it. */
function changed(
  evolved: EvolvedSchema,
  change: (fields: readonly IcebergField[]) => readonly IcebergField[],
): EvolvedSchema {
  return { ...evolved, schema: { ...evolved.schema, fields: change(evolved.schema.fields) } };
}

const NEW = evolveSchema(undefined, WANTED);

describe('a new table', () => {
  test('numbers the fields of a struct before those nested in them, as catalogs do', () => {
    expect(NEW.schema.fields.map(({ id, name }) => `${id} ${name}`)).toEqual([
      '1 pk',
      '2 sk',
      '3 address',
      '4 a_2',
      '5 lines',
      '6 price',
      '7 tags',
      '8 _written_at_micros',
      '9 _rest',
    ]);
    expect(named(NEW, 'address').type).toMatchObject({ fields: [{ id: 10 }, { id: 11 }] });
    expect(named(NEW, 'lines').type).toMatchObject({
      'element-id': 12,
      element: { fields: [{ id: 13 }, { id: 14 }] },
    });
    expect(named(NEW, 'tags').type).toMatchObject({ 'element-id': 15, element: 'string' });
    expect(NEW.lastColumnId).toBe(15);
    expect(NEW.added).toEqual([]);
  });

  test('requires its keys alone, which identify its rows', () => {
    expect(NEW.schema['identifier-field-ids']).toEqual([1, 2]);
    const required = NEW.schema.fields.filter((field) => field.required).map(({ name }) => name);
    expect(required).toEqual(['pk', 'sk']);
  });

  test('says in docs what names and types do not', () => {
    const docs = NEW.schema.fields.map(({ doc }) => doc);
    expect(docs.slice(0, 7)).toEqual([
      undefined,
      'number, as text',
      undefined,
      'DynamoDB attribute "A": DynamoDB JSON',
      undefined,
      undefined,
      'set',
    ]);
  });

  test('has Iceberg types that hold every value', () => {
    const types = NEW.schema.fields.map(({ type }) =>
      typeof type === 'string' ? type : type.type,
    );
    expect(types).toEqual([
      'string',
      'string',
      'struct',
      'string',
      'list',
      'decimal(7, 2)',
      'list',
      'long',
      'string',
    ]);
  });

  test('gives its schema back', () => {
    expect(tableSchemaOf(NEW)).toEqual(WANTED);
  });

  test('gives back what it leaves out, and which key it hashes with, and keeps both as it evolves', () => {
    const wanted: TableSchema = {
      keyAttributes: ['pk'],
      columns: [column('pk', { kind: 'string' }), column('email', { kind: 'hash', keyId: '1a' })],
      omitted: ['ssn'],
    };
    const made = evolveSchema(undefined, wanted);
    expect(tableSchemaOf(made)).toEqual(wanted);
    const more = { ...wanted, columns: [...wanted.columns, column('n', { kind: 'long' })] };
    expect(tableSchemaOf(evolveSchema(made, more))).toEqual(more);
  });

  test('keeps what it knows in a property', () => {
    const metadata = sampleMetadata({
      schema: NEW.schema,
      properties: { [COLUMNS_PROPERTY]: formatColumns(NEW.columns) },
    });
    expect(knownTableOf(metadata)).toEqual({ schema: NEW.schema, columns: NEW.columns });
  });

  test.each([undefined, '{', '{"columns":[]}'])('is refused with the property %p', (value) => {
    const properties = value === undefined ? {} : { [COLUMNS_PROPERTY]: value };
    expect(() => knownTableOf(sampleMetadata({ properties }))).toThrow(
      expect.objectContaining({ code: 'CorruptLake', subject: 's3://lake/orders' }),
    );
  });
});

describe('a table that lacks nothing', () => {
  test('stays as it is', () => {
    const same = evolveSchema(NEW, WANTED);
    expect(same).toEqual({ ...NEW, added: [] });
    expect(schemaCommitOf(sampleMetadata(), same)).toEqual({ requirements: [], updates: [] });
  });

  test('keeps the types it has', () => {
    const other = WANTED.columns.map((one) => ({ ...one, type: STRING }));
    expect(evolveSchema(NEW, { ...WANTED, columns: other }).schema).toBe(NEW.schema);
  });

  test('keeps columns that are not wanted', () => {
    const fewer = { ...WANTED, columns: WANTED.columns.slice(0, 2) };
    expect(evolveSchema(NEW, fewer).schema).toBe(NEW.schema);
  });
});

describe('a table that lacks columns', () => {
  const deeper: ColumnType = {
    kind: 'struct',
    fields: [
      column('zip', STRING),
      column('geo', { kind: 'struct', fields: [column('lat', STRING)] }),
    ],
  };
  const wanted: TableSchema = {
    ...WANTED,
    columns: [
      ...WANTED.columns.map((one) =>
        one.name === 'address'
          ? { ...one, type: deeper }
          : one.name === 'lines'
            ? { ...one, type: { kind: 'list' as const, element: deeper } }
            : one,
      ),
      column('note', STRING),
    ],
  };
  const grown = evolveSchema(NEW, wanted);

  test('gains them and fields of structs, after what is there, and says so', () => {
    expect(grown.added.map(({ path }) => path)).toEqual([
      'address.geo',
      'lines.element.geo',
      'note',
    ]);
    expect(grown.added[0]?.reason).toBe('attribute "geo" had no column');
    expect(grown.schema.fields.map(({ name }) => name)).toEqual([
      ...NEW.schema.fields.map(({ name }) => name),
      'note',
    ]);
    expect(named(grown, 'address').type).toMatchObject({
      fields: [
        { id: 10, name: 'zip' },
        { id: 11, name: 'n' },
        { id: 16, name: 'geo', required: false },
      ],
    });
    expect(grown.lastColumnId).toBe(20);
    expect(named(grown, 'note')).toMatchObject({ id: 20, required: false });
  });

  test('then lacks nothing', () => {
    expect(evolveSchema(grown, wanted).added).toEqual([]);
    expect(evolveSchema(grown, wanted).columns).toEqual(grown.columns);
  });

  test('is changed by one commit, on the schema it was made for', () => {
    const metadata = sampleMetadata({ schema: NEW.schema, lastColumnId: 15 });
    const { requirements, updates } = schemaCommitOf(metadata, grown);
    expect(requirements).toEqual([
      { type: 'assert-last-assigned-field-id', 'last-assigned-field-id': 15 },
      { type: 'assert-current-schema-id', 'current-schema-id': 0 },
    ]);
    const next = apply(metadata, updates);
    expect(knownTableOf(next)).toEqual({ schema: grown.schema, columns: grown.columns });
    expect(next['last-column-id']).toBe(20);
  });

  test('names them apart from columns of others, whatever the case', () => {
    const others = changed(NEW, (fields) => [
      ...fields,
      { id: 40, name: 'NOTE', required: false, type: 'int' },
    ]);
    const next = evolveSchema({ ...others, lastColumnId: 40 }, withColumns(column('note', STRING)));
    expect(next.schema.fields.slice(-2).map(({ id, name }) => `${id} ${name}`)).toEqual([
      '40 NOTE',
      '41 note_2',
    ]);
    expect(next.schema.fields.at(-1)?.doc).toBe('DynamoDB attribute "note"');
    expect(tableSchemaOf(next).columns.at(-1)).toEqual(column('note_2', STRING, 'note'));
  });
});

describe('a table that others changed', () => {
  test('keeps the names they gave, top and nested', () => {
    const renamed = changed(NEW, (fields) =>
      fields.map((field) => {
        if (field.name === 'tags') return { ...field, name: 'labels' };
        if (field.name !== 'address' || typeof field.type === 'string') return field;
        const fieldsOf = [
          { id: 10, name: 'postcode', required: false, type: 'string' },
          { id: 11, name: 'n', required: false, type: 'long' },
        ];
        return { ...field, type: { type: 'struct' as const, fields: fieldsOf } };
      }),
    );
    const next = evolveSchema(renamed, WANTED);
    expect(next.added).toEqual([]);
    expect(
      tableSchemaOf(next).columns.map(({ attribute, name }) => `${attribute} ${name}`),
    ).toContain('tags labels');
    const address = parquetFieldsOf(next).find(({ name }) => name === 'address')!;
    expect(address.type).toMatchObject({
      fields: [
        { name: 'postcode', id: 10 },
        { name: 'n', id: 11 },
      ],
    });
  });

  test('is written without the columns they added', () => {
    const others = changed(NEW, (fields) => [
      {
        id: 40,
        name: 'theirs',
        required: false,
        type: {
          type: 'map',
          'key-id': 41,
          key: 'int',
          'value-id': 42,
          'value-required': false,
          value: 'double',
        },
      },
      ...fields,
    ]);
    const next = evolveSchema({ ...others, lastColumnId: 42 }, WANTED);
    expect(next.schema.fields[0]?.name).toBe('theirs');
    expect(parquetFieldsOf(next).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('gets a dropped column anew, under a new id, when an attribute wants it', () => {
    const dropped = changed(NEW, (fields) => fields.filter(({ name }) => name !== 'price'));
    expect(tableSchemaOf(dropped).columns.map(({ name }) => name)).not.toContain('price');
    const fewer = { ...WANTED, columns: WANTED.columns.filter(({ name }) => name !== 'price') };
    expect(evolveSchema(dropped, fewer).added).toEqual([]);
    const next = evolveSchema(dropped, WANTED);
    expect(next.added.map(({ path }) => path)).toEqual(['price']);
    expect(named(next, 'price').id).toBe(16);
  });

  test('takes a column of another type for theirs', () => {
    const retyped = changed(NEW, (fields) =>
      fields.map((field) => (field.name === 'price' ? { ...field, type: 'double' } : field)),
    );
    const next = evolveSchema(retyped, WANTED);
    expect(next.added.map(({ path }) => path)).toEqual(['price_2']);
  });

  test('gets a dropped system column anew', () => {
    const dropped = changed(NEW, (fields) => fields.filter(({ name }) => name !== '_rest'));
    const next = evolveSchema(dropped, WANTED);
    expect(next.added).toEqual([
      { path: '_rest', type: 'string', reason: 'a system column was dropped' },
    ]);
    expect(next.columns.restId).toBe(16);
    expect(parquetFieldsOf(next).at(-1)).toMatchObject({ name: '_rest', id: 16 });
  });

  test('is refused without its key', () => {
    const dropped = changed(NEW, (fields) => fields.filter(({ name }) => name !== 'sk'));
    expect(() => evolveSchema(dropped, WANTED)).toThrow(
      expect.objectContaining({ code: 'InvalidConfig', subject: 'sk' }),
    );
  });
});

test('parquetFieldsOf has a type for each kind of column', () => {
  const all = evolveSchema(
    undefined,
    withColumns(column('b', { kind: 'binary' }), column('t', { kind: 'boolean' })),
  );
  expect(
    parquetFieldsOf(all).map(({ name, required, type }) => [name, required, type.kind]),
  ).toEqual([
    ['pk', true, 'string'],
    ['sk', true, 'string'],
    ['address', false, 'struct'],
    ['a_2', false, 'string'],
    ['lines', false, 'list'],
    ['price', false, 'decimal'],
    ['tags', false, 'list'],
    ['b', false, 'binary'],
    ['t', false, 'boolean'],
    ['_written_at_micros', false, 'long'],
    ['_rest', false, 'string'],
  ]);
  const tags = named(all, 'tags').type as IcebergList;
  expect(parquetFieldsOf(all)[6]?.type).toEqual({
    kind: 'list',
    element: { name: 'element', id: tags['element-id'], required: false, type: STRING },
  });
});
