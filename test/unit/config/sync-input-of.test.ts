/** Owns the check of the step from configuration to a sync's input. */
import { describe, expect, test } from '@jest/globals';
import { isAwsEndpoint } from '../../../src/config/aws-endpoint.js';
import { lakePlaceOf, syncInputOf } from '../../../src/config/sync-input-of.js';
import type { TidemarkConfig } from '../../../src/config/tidemark-config.js';

const aws = { region: 'eu-west-1', endpoint: new URL('https://dynamodb.eu-west-1.amazonaws.com') };
const local = { region: 'eu-west-1', endpoint: new URL('http://localhost:8000') };

describe('isAwsEndpoint', () => {
  test.each([
    'https://dynamodb.eu-west-1.amazonaws.com',
    'https://123456789012.ddb.eu-west-1.amazonaws.com',
    'https://dynamodb.cn-north-1.amazonaws.com.cn',
    'https://dynamodb.eu-west-1.api.aws',
    'https://vpce-0a1b.dynamodb.eu-west-1.vpce.amazonaws.com',
    'https://dynamodb-fips.us-gov-west-1.amazonaws.com',
  ])('%s is AWS', (url) => {
    expect(isAwsEndpoint(new URL(url))).toBe(true);
  });

  test.each([
    'http://localhost:8000',
    'http://127.0.0.1:4566',
    'https://amazonaws.com.example.org',
    'https://notamazonaws.com',
  ])('%s is not', (url) => {
    expect(isAwsEndpoint(new URL(url))).toBe(false);
  });
});

test('the defaults', () => {
  expect(syncInputOf({ bucket: 'my-lake' }, 'orders', aws)).toEqual({
    region: 'eu-west-1',
    tableName: 'orders',
    exportBucket: 'my-lake',
    exportPrefix: 'exports',
    lakeBucket: 'my-lake',
    lakePrefix: 'lake',
    lakeFormat: 'iceberg',
    tableOptions: {},
    view: 'NEW_AND_OLD_IMAGES',
    windowSeconds: 900,
    staggerSeconds: expect.any(Number),
    limits: {
      minWindowSeconds: 900,
      maxWindowSeconds: 86_400,
      recoveryPeriodSeconds: 3_024_000,
    },
    pollSeconds: 30,
    batchBytes: 256 * 1024 * 1024,
    batchConcurrency: 4,
    keepExportsSeconds: 0,
  });
});

test.each<[TidemarkConfig, number | undefined]>([
  [{}, 0],
  [{ keepExports: false }, 0],
  [{ keepExports: true }, undefined],
  [{ keepExports: '7d' }, 604_800],
  [{ keepExports: true, tables: { orders: { keepExports: '1h' } } }, 3600],
])('%j keeps exports for %p', (config, seconds) => {
  const input = syncInputOf({ bucket: 'my-lake', ...config }, 'orders', aws);
  expect(input.keepExportsSeconds).toBe(seconds);
});

test.each<[TidemarkConfig, string, string]>([
  [{ keepExports: '30d' }, 'an export every 15m', "'225h'"],
  [{ keepExports: '7d', freshness: '10m' }, 'an export every 5m', "'75h'"],
])('%j is refused: it takes %s', (config, problem, most) => {
  const read = () => syncInputOf({ bucket: 'my-lake', ...config }, 'orders', aws);
  expect(read).toThrow(problem);
  expect(read).toThrow(expect.objectContaining({ hint: expect.stringContaining(most) }));
});

test('a table has its own settings, other tables do not', () => {
  const config: TidemarkConfig = {
    bucket: 'my-lake',
    window: '1h',
    batch: { megabytes: 1, concurrency: 2 },
    tables: { orders: { bucket: 'orders-lake', window: '15m', batch: { concurrency: 3 } } },
  };
  expect(syncInputOf(config, 'orders', aws)).toMatchObject({
    exportBucket: 'orders-lake',
    lakeBucket: 'orders-lake',
    windowSeconds: 900,
    batchBytes: 1024 * 1024,
    batchConcurrency: 3,
  });
  expect(syncInputOf(config, 'customers', aws)).toMatchObject({
    lakeBucket: 'my-lake',
    windowSeconds: 3600,
    batchConcurrency: 2,
  });
});

test.each<[TidemarkConfig, string, string]>([
  [{ bucket: 'both', exportBucket: 'exports-here' }, 'exports-here', 'both'],
  [{ bucket: 'both', lakeBucket: 'lake-here' }, 'both', 'lake-here'],
  [{ exportBucket: 'exports-here', lakeBucket: 'lake-here' }, 'exports-here', 'lake-here'],
  [
    { exportBucket: 'exports-here', tables: { orders: { bucket: 'own-place' } } },
    'own-place',
    'own-place',
  ],
])('the special bucket wins over the general one: %j', (config, exportBucket, lakeBucket) => {
  expect(syncInputOf(config, 'orders', aws)).toMatchObject({ exportBucket, lakeBucket });
});

test('audits come as often as is said for the table, or for all; there are none unless asked for', () => {
  const config: TidemarkConfig = {
    bucket: 'my-lake',
    audit: { every: '7d' },
    tables: { orders: { audit: { every: '1d' } } },
  };
  expect(syncInputOf(config, 'orders', aws).auditEverySeconds).toBe(86_400);
  expect(syncInputOf(config, 'others', aws).auditEverySeconds).toBe(7 * 86_400);
});

test('no bucket is told with the table', () => {
  expect(() => syncInputOf({ exportBucket: 'only-one' }, 'orders', aws)).toThrow(
    'No bucket is configured for orders.',
  );
  expect(() => lakePlaceOf({ exportBucket: 'only-one' })).toThrow(
    'No bucket is configured for the lake.',
  );
});

describe('windows and limits', () => {
  test.each([
    ['10m', 'window is 10m; dynamodb.eu-west-1.amazonaws.com exports windows of 15m to 24h.'],
    ['25h', 'window is 25h; dynamodb.eu-west-1.amazonaws.com exports windows of 15m to 24h.'],
  ])('AWS takes no window of %s', (window, sentence) => {
    expect(() => syncInputOf({ bucket: 'my-lake', window }, 'orders', aws)).toThrow(sentence);
  });

  test.each(['15m', '24h'])('AWS takes a window of %s, the bound itself', (window) => {
    expect(() => syncInputOf({ bucket: 'my-lake', window }, 'orders', aws)).not.toThrow();
  });

  test("limits cannot be set on AWS, for they are AWS's", () => {
    const config = { bucket: 'my-lake', limits: { minWindow: '1m' } };
    expect(() => syncInputOf(config, 'orders', aws)).toThrow(
      "limits cannot be set where DynamoDB is AWS's own",
    );
  });

  test('elsewhere they can, and windows go by them', () => {
    const config = { bucket: 'my-lake', window: '15s', limits: { minWindow: '15s' } };
    expect(syncInputOf(config, 'orders', local)).toMatchObject({
      windowSeconds: 15,
      limits: { minWindowSeconds: 15, maxWindowSeconds: 86_400 },
    });
    expect(() => syncInputOf({ bucket: 'my-lake', window: '15s' }, 'orders', local)).toThrow(
      'window is 15s; localhost exports windows of 15m to 24h.',
    );
  });
});

describe('windows that adapt', () => {
  test('a table has what is set for it before the general', () => {
    const config = {
      bucket: 'my-lake',
      adaptive: true,
      budget: '$5/month',
      tables: { orders: { adaptive: false, budget: '$0.50/month' } },
    };
    const customers = syncInputOf(config, 'customers', aws);
    expect(customers).toMatchObject({ adaptive: true, budgetMicros: 5_000_000 });
    const orders = syncInputOf(config, 'orders', aws);
    expect(orders.budgetMicros).toBe(500_000);
    expect(orders).not.toHaveProperty('adaptive');
  });

  test('without either setting, an input is as it always was', () => {
    const input = syncInputOf({ bucket: 'my-lake' }, 'orders', aws);
    expect(Object.keys(input)).not.toContain('adaptive');
    expect(Object.keys(input)).not.toContain('budgetMicros');
  });
});

describe('what is chosen of a table', () => {
  test('is its own before the general', () => {
    const config: TidemarkConfig = {
      bucket: 'my-lake',
      nested: 'json',
      omit: ['card'],
      tables: { orders: { omit: ['phone'], columns: { price: 'decimal(18,2)' } } },
    };
    expect(syncInputOf(config, 'orders', aws).tableOptions).toEqual({
      columns: { price: 'decimal(18,2)' },
      nested: 'json',
      omit: ['phone'],
    });
    expect(syncInputOf(config, 'customers', aws).tableOptions).toEqual({
      nested: 'json',
      omit: ['card'],
    });
  });

  test.each<[TidemarkConfig, string]>([
    [
      { omit: ['price'], tables: { orders: { columns: { price: 'long' } } } },
      '"price" of orders is both in omit and in columns; it can be in one of them.',
    ],
    [{ omit: ['a', 'b'], hash: ['b'] }, '"b" of orders is both in omit and in hash'],
    [{ hash: ['a'], columns: { a: 'string' } }, '"a" of orders is both in hash and in columns'],
    [{ hash: ['a'], format: 'parquet' }, 'hash is set, and orders has the format parquet.'],
  ])('is refused where it contradicts itself: %j', (config, sentence) => {
    expect(() => syncInputOf({ bucket: 'my-lake', ...config }, 'orders', aws)).toThrow(sentence);
  });
});

describe('the catalog', () => {
  const general = { uri: 'https://catalog.example.com', warehouse: undefined };
  const own = { uri: 'https://other.example.com', namespace: 'sales' };
  const config: TidemarkConfig = {
    bucket: 'my-lake',
    catalog: general,
    tables: { orders: { catalog: own }, events: { format: 'parquet' } },
  };

  test("is the table's own, whole, before the general one; none for directories", () => {
    expect(syncInputOf(config, 'orders', aws).catalog).toEqual(own);
    expect(syncInputOf(config, 'customers', aws).catalog).toEqual({ uri: general.uri });
    expect(syncInputOf(config, 'events', aws)).not.toHaveProperty('catalog');
    expect(lakePlaceOf(config).catalog).toEqual({ uri: general.uri });
  });

  test('is refused where a table that has it is of directories', () => {
    const wrong = { ...config, tables: { orders: { catalog: own, format: 'parquet' as const } } };
    expect(() => syncInputOf(wrong, 'orders', aws)).toThrow(
      'catalog is set, and orders has the format parquet.',
    );
  });
});

describe('care', () => {
  const config: TidemarkConfig = {
    bucket: 'my-lake',
    care: { keepDays: 30, compactEvery: 4 },
    tables: { orders: { care: { keepDays: 2 } }, events: { format: 'parquet' } },
  };

  test('is merged field by field, and left out where there is none', () => {
    expect(syncInputOf(config, 'orders', aws).care).toEqual({ keepDays: 2, compactEvery: 4 });
    expect(syncInputOf(config, 'customers', aws).care).toEqual(config.care);
    expect(syncInputOf(config, 'events', aws)).not.toHaveProperty('care');
    expect(syncInputOf({ bucket: 'my-lake' }, 'orders', aws)).not.toHaveProperty('care');
  });

  test('is refused where a table that has it is of directories', () => {
    const tables = { orders: { care: { keepDays: 2 }, format: 'parquet' as const } };
    expect(() => syncInputOf({ ...config, tables }, 'orders', aws)).toThrow(
      'care is set, and orders has the format parquet.',
    );
  });
});

describe('a table by the name of the changes of another', () => {
  const tables = { orders: { changes: true }, orders_changes: {} };
  const refusal = expect.objectContaining({ code: 'InvalidConfig', subject: 'changes' });

  test.each(['orders', 'orders_changes'])('is refused, whichever starts: %s', (tableName) => {
    expect(() => syncInputOf({ bucket: 'lake', tables }, tableName, aws)).toThrow(refusal);
    const all = { bucket: 'lake', changes: true, tables: { [`${tableName}_changes`]: {} } };
    expect(() => syncInputOf(all, tableName, aws)).toThrow(refusal);
  });

  test('is fine in another lake, or where no changes are kept', () => {
    const apart = { ...tables, orders_changes: { lakePrefix: 'elsewhere' } };
    expect(syncInputOf({ bucket: 'lake', tables: apart }, 'orders', aws).tableOptions).toEqual({
      changes: true,
    });
    const none = { orders: {}, orders_changes: {} };
    expect(syncInputOf({ bucket: 'lake', tables: none }, 'orders', aws).tableOptions).toEqual({});
  });
});

test("the owner of the exports' bucket and its key are passed on, a table's own first", () => {
  const config: TidemarkConfig = {
    bucket: 'my-lake',
    exportBucketOwner: '111111111111',
    exportKmsKeyId: 'alias/exports',
    tables: { orders: { exportBucketOwner: '222222222222' } },
  };
  expect(syncInputOf(config, 'orders', aws)).toMatchObject({
    exportBucketOwner: '222222222222',
    exportKmsKeyId: 'alias/exports',
  });
});
