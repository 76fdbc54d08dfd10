/** Owns what the tests of a table's column choices share: a key, items, and what the lake has of them. */
import type { Item } from '../../src/export/attribute-value.js';
import { valueHasher } from '../../src/processing/hash-value.js';
import { changeOf } from './export-fixtures.js';
import type { IcebergLake } from './iceberg-lake.js';

export const KEY = 'the key of these tests, and no other';
export const SECRET = 'ada@example.com';
/** By {@link KEY}. */
export const hashOf = valueHasher(KEY);

export const item = (pk: string, rest: Item): Item => ({ pk: { S: pk }, ...rest });
export const update = (pk: string, before: Item, after: Item): ReturnType<typeof changeOf> =>
  changeOf({ pk: { S: pk } }, { oldImage: item(pk, before), newImage: item(pk, after) });

/** Names and types of the columns as Iceberg has them, without the system's. */
export async function icebergColumns({
  catalog,
}: IcebergLake): Promise<Readonly<Record<string, unknown>>> {
  const { metadata } = (await catalog.loadTable('orders'))!;
  const schema = metadata.schemas.find(
    (each) => each['schema-id'] === metadata['current-schema-id'],
  )!;
  return Object.fromEntries(
    schema.fields
      .filter(({ name }) => !['_written_at_micros', '_rest'].includes(name))
      .map(({ name, type }) => [name, type]),
  );
}

/** Keys of all its objects. */
export async function keysOf({ store }: IcebergLake): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}
