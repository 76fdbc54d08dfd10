/** Owns what a user may choose of a table's columns: pinned, nested, omitted, hashed; and until when. */
import { gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AttributeValue, Item } from '../../src/export/attribute-value.js';
import type { TableOptions } from '../../src/lake/table-options.js';
import { hashKeyId } from '../../src/processing/hash-value.js';
import { changeOf } from '../support/export-fixtures.js';
import {
  KEY,
  SECRET,
  icebergColumns,
  hashOf,
  item,
  keysOf,
  update,
} from '../support/column-choices.js';
import { makeIcebergLake, type IcebergLake } from '../support/iceberg-lake.js';
import { apply, commitLoad, full, loadOf, puts, window, writeAll } from '../support/lake-loads.js';

const OTHER_KEY = 'another key, and as long as the one';

let lake: IcebergLake;
beforeEach(async () => {
  lake = await makeIcebergLake();
});
afterEach(() => lake.remove());

/** Every object of the lake but Parquet files, as text of one character a byte. */
async function lakeTexts(): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for await (const { key } of lake.store.list('')) {
    if (key.endsWith('.parquet')) continue;
    texts.set(key, Buffer.from((await lake.store.get(key))!.body).toString('latin1'));
  }
  return texts;
}

describe('a pinned column', () => {
  test('has its type from the first full load on, whatever is seen, and loses nothing', async () => {
    const table = lake.chosen({
      columns: { price: 'decimal(18,2)', unseen: 'boolean', raw: 'json', n: 'long' },
    });
    const items = [
      item('a', { price: { N: '12.5' }, raw: { SS: ['x'] }, n: { N: '7' } }),
      item('b', { price: { N: '12.345' }, n: { N: '7.5' } }),
      item('c', { price: { N: '12345678901234567' }, n: { S: 'seven' } }),
    ];
    await apply(table, loadOf(full(0), [puts(items)]));
    expect(await icebergColumns(lake)).toEqual({
      pk: 'string',
      price: 'decimal(18, 2)',
      unseen: 'boolean',
      raw: 'string',
      n: 'long',
    });
    expect(await lake.items()).toEqual(items);
    expect(await lake.rows('select pk, price, raw, n, _rest from orders order by pk')).toEqual([
      ['a', '12.50', '{"SS":["x"]}', '7', null],
      ['b', null, null, null, '{"price":{"N":"12.345"},"n":{"N":"7.5"}}'],
      ['c', null, null, null, '{"price":{"N":"12345678901234567"},"n":{"S":"seven"}}'],
    ]);
  });

  test('of text holds numbers as text where there are more of them', async () => {
    const table = lake.chosen({ columns: { zip: 'string', name: 'string' } });
    const items = [
      item('a', { zip: { N: '8001' }, name: { S: 'Ann' } }),
      item('b', { zip: { N: '0.5' }, name: { N: '1' } }),
      item('c', { zip: { S: 'x' }, name: { S: 'C' } }),
    ];
    await apply(table, loadOf(full(0), [puts(items)]));
    expect(await lake.items()).toEqual(items);
    expect(await lake.rows('select zip, name from orders order by pk')).toEqual([
      ['8001', 'Ann'],
      ['0.5', null],
      [null, 'C'],
    ]);
  });

  test('of a key that does not hold a key is told at once, and no other full load asked for', async () => {
    const key = (N: string): Item => ({ pk: { N } });
    const table = lake.chosen({ columns: { pk: 'decimal(4,2)' } });
    const says = {
      code: 'InvalidConfig',
      message: expect.stringContaining('Key attribute "pk" of orders is pinned to decimal(4,2)'),
    };
    await expect(apply(table, loadOf(full(0), [puts([key('100')])]))).rejects.toMatchObject(says);
    await apply(table, loadOf(full(0), [puts([key('99.25')])]));
    expect(await icebergColumns(lake)).toEqual({ pk: 'decimal(4, 2)' });
    const outgrown = changeOf(key('1.125'), { newImage: key('1.125') });
    await expect(apply(table, loadOf(window(0, 15), [[outgrown]]))).rejects.toMatchObject(says);
    expect(await lake.items()).toEqual([key('99.25')]);
  });

  test('of a key finds its rows again', async () => {
    const key = (N: string): Item => ({ pk: { N } });
    const table = lake.chosen({ columns: { pk: 'decimal(4,2)' } });
    await apply(table, loadOf(full(0), [puts([key('1.5'), key('2')])]));
    await apply(table, loadOf(window(0, 15), [[changeOf(key('1.5'), { oldImage: key('1.5') })]]));
    expect(await lake.items()).toEqual([key('2')]);
  });
});

test('maps and lists are text where nested is json, sets are not', async () => {
  const table = lake.chosen({ nested: 'json' });
  const items = [item('a', { m: { M: { x: { N: '1' } } }, l: { L: [] }, s: { NS: ['1'] } })];
  await apply(table, loadOf(full(0), [puts(items)]));
  const later = { m: { M: {} }, more: { L: [{ S: 'x' }] } };
  await apply(
    table,
    loadOf(window(0, 15), [[changeOf({ pk: { S: 'b' } }, { newImage: item('b', later) })]]),
  );
  expect(await icebergColumns(lake)).toMatchObject({
    m: 'string',
    l: 'string',
    more: 'string',
    s: { type: 'list', element: 'long' },
  });
  expect(await lake.items()).toEqual([...items, item('b', later)]);
  expect(await lake.rows('select m, more from orders order by pk')).toEqual([
    ['{"M":{"x":{"N":"1"}}}', null],
    ['{"M":{}}', '{"L":[{"S":"x"}]}'],
  ]);
});

describe.each<[string, TableOptions, (value: AttributeValue) => Item]>([
  ['omitted', { omit: ['email', 'deep'] }, () => ({})],
  ['hashed', { hash: ['email', 'deep'] }, (email) => ({ email: { S: hashOf(email) } })],
])('what is %s', (_what, options, kept) => {
  const email = { S: SECRET };
  const deep: AttributeValue = { M: { [SECRET]: { L: [{ NS: ['42424242'] }] } } };
  const keptDeep = options.hash === undefined ? {} : { deep: { S: hashOf(deep) } };

  test('is nowhere in the lake, in staging or in messages; all else is', async () => {
    const table = lake.chosen(options, KEY);
    const load = loadOf(full(0), [
      puts([item('a', { email, deep, n: { N: '1' } })]),
      puts([item('b', { email })]),
    ]);
    await writeAll(table, load);
    expect([...(await keysOf(lake))].some((key) => key.includes('evidence'))).toBe(true);
    await expectNoSecret();
    await commitLoad(table, load);
    const windowed = loadOf(window(0, 15), [
      [update('b', { email }, { email, later: { N: '2' } })],
      [changeOf({ pk: { S: 'c' } }, { newImage: item('c', { deep }) })],
    ]);
    await writeAll(table, windowed);
    await expectNoSecret();
    await commitLoad(table, windowed);
    await expectNoSecret();
    expect(await lake.items()).toEqual([
      item('a', { ...kept(email), ...keptDeep, n: { N: '1' } }),
      item('b', { ...kept(email), later: { N: '2' } }),
      item('c', keptDeep),
    ]);
    expect(await lake.rows('select sum(rest_rows)::int from orders_windows')).toEqual([[0]]);
  });

  test('is in no message of a file that is broken beside it', async () => {
    const table = lake.chosen(options, KEY);
    for (const line of [
      `{"Item":{"pk":{"S":"a"},"email":${SECRET}}}`,
      `{"Item":{"pk":{"S":"a"},"email":{"${SECRET}":1}}}`,
      `{"Item":{"pk":{"S":"a"},"email":{"S":"x"}},"other":${SECRET}}`,
    ]) {
      const body = gzipSync(`${line}\n`);
      const md5 = createHash('md5').update(body).digest('base64');
      const { load, batches } = loadOf(full(0), [puts([item('a', {})])]);
      const source = {
        ...batches[0]!.source,
        files: [{ key: 'data/0.json.gz', itemCount: 1, md5 }],
        open: async () => Readable.from([body], { objectMode: false }),
      };
      const error: unknown = await table
        .writeBatch(load, batches[0]!.batch, source)
        .catch((e: unknown) => e);
      expect(error).toMatchObject({
        code: 'CorruptExport',
        message: expect.stringContaining('Line 1'),
      });
      expect((error as Error).message).not.toContain('ada');
    }
  });
});

async function expectNoSecret(): Promise<void> {
  for (const [key, text] of await lakeTexts()) {
    expect(`${key}: ${text.includes(SECRET)}`).toBe(`${key}: false`);
    expect(`${key}: ${text.includes('42424242')}`).toBe(`${key}: false`);
  }
}

describe('a hash', () => {
  test('is one for equal values, and of the key of this table alone', async () => {
    const table = lake.chosen({ hash: ['v'] }, KEY);
    const items = [
      item('a', { v: { N: '1' } }),
      item('b', { v: { N: '1.0' } }),
      item('c', { v: { S: '1' } }),
      item('d', {}),
    ];
    await apply(table, loadOf(full(0), [puts(items)]));
    const [one, text] = [hashOf({ N: '1' }), hashOf({ S: '1' })];
    expect(await lake.rows('select v from orders order by pk')).toEqual([
      [one],
      [one],
      [text],
      [null],
    ]);
    const { metadata } = (await lake.catalog.loadTable('orders'))!;
    const doc = metadata.schemas.at(-1)!.fields.find(({ name }) => name === 'v')!.doc;
    expect(doc).toBe(`hash of the value, by key ${hashKeyId(KEY)}`);
  });

  test('of a key finds its rows again, by an index made anew, too', async () => {
    const key = (S: string): Item => ({ pk: { S } });
    const options = { hash: ['pk'] };
    await apply(lake.chosen(options, KEY), loadOf(full(0), [puts([key(SECRET), key('b')])]));
    const drop = changeOf(key(SECRET), { oldImage: key(SECRET) });
    const change = changeOf(key('b'), {
      oldImage: key('b'),
      newImage: { ...key('b'), n: { N: '1' } },
    });
    const load = loadOf(window(0, 15), [[drop, change]]);
    await writeAll(lake.chosen({}, KEY), load);
    await expectNoSecret();
    await commitLoad(lake.chosen({}, KEY), load);
    expect(await lake.items()).toEqual([{ pk: { S: hashOf({ S: 'b' }) }, n: { N: '1' } }]);
  });

  test('is refused without the key of the table, before anything is written', async () => {
    const load = loadOf(full(0), [puts([item('a', { v: { N: '1' } })])]);
    await expect(apply(lake.chosen({ hash: ['v'] }), load)).rejects.toMatchObject({
      code: 'InvalidConfig',
      hint: expect.stringContaining('TIDEMARK_HASH_KEY'),
    });
    expect(await keysOf(lake)).toEqual([]);
    await apply(lake.chosen({ hash: ['v'] }, KEY), load);
    const before = await keysOf(lake);
    const next = loadOf(window(0, 15), [[update('a', {}, { v: { N: '2' } })], []]);
    for (const key of [undefined, OTHER_KEY]) {
      const table = lake.chosen({ hash: ['v'] }, key);
      const refused = { code: 'InvalidConfig' };
      const { batch, source } = next.batches[0]!;
      await expect(table.profileBatch(next.load, batch, source)).rejects.toMatchObject(refused);
      await expect(table.writeBatch(next.load, batch, source)).rejects.toMatchObject(refused);
    }
    expect(await keysOf(lake)).toEqual(before);
  });

  test('is never of two keys in one load', async () => {
    const load = loadOf(full(0), [
      puts([item('a', { v: { N: '1' } })]),
      puts([item('b', { v: { N: '1' } })]),
    ]);
    const tables = [KEY, OTHER_KEY].map((key) => lake.chosen({ hash: ['v'] }, key));
    for (const [index, { batch, source }] of load.batches.entries()) {
      await tables[index]!.profileBatch(load.load, batch, source);
    }
    for (const [index, { batch, source }] of load.batches.entries()) {
      await tables[index]!.writeBatch(load.load, batch, source);
    }
    await expect(commitLoad(tables[0]!, load)).rejects.toMatchObject({
      hint: expect.stringContaining('TIDEMARK_HASH_KEY'),
    });
  });
});
