/** Owns the check that a bad configuration is told field by field, in sentences. */
import { describe, expect, test } from '@jest/globals';
import { checkConfig } from '../../../src/config/config-problems.js';
import { TidemarkError } from '../../../src/core/errors.js';

const file = { name: 'tidemark.config.ts', fieldName: (path: string) => path };

function problemsOf(value: unknown): string[] {
  try {
    checkConfig(value, file);
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    expect(error.code).toBe('InvalidConfig');
    return error.message.split('\n');
  }
  return [];
}

test('a whole configuration passes as it is', () => {
  const config = {
    region: 'eu-west-1',
    bucket: 'my-lake',
    exportPrefix: 'a/b',
    lakePrefix: '',
    window: '1h',
    adaptive: true,
    budget: '$5/month',
    view: 'NEW_IMAGE',
    pollInterval: 20,
    batch: { megabytes: 64, concurrency: 2 },
    limits: { minWindow: '1m' },
    temporal: { address: 'temporal.internal:7233', webUrl: 'https://temporal.internal' },
    columns: { price: 'decimal(18,2)', id: 'decimal( 38 , 0 )', name: 'string' },
    nested: 'json',
    omit: ['card'],
    hash: ['email'],
    tables: { orders: { window: '15m', bucket: 'other-lake' } },
  };
  expect(checkConfig(config, file)).toEqual(config);
});

describe('each problem is one sentence with field, value and what is allowed', () => {
  test.each([
    [
      { alerts: { sns: 'arn:aws:sns:eu-west-1:12345:topic' } },
      'tidemark.config.ts: alerts.sns is "arn:aws:sns:eu-west-1:12345:topic"; it must be the ARN of an SNS topic such as arn:aws:sns:eu-west-1:123456789012:lake-alerts.',
    ],
    [
      { alerts: { sms: 'arn:aws:sns:eu-west-1:123456789012:topic' } },
      'tidemark.config.ts: alerts.sms is not a setting. Did you mean "sns"?',
    ],
    [
      { exportBucketOwner: 123 },
      'tidemark.config.ts: exportBucketOwner is 123; it must be the id of an AWS account in quotes: 12 digits.',
    ],
    [
      { exportBucketOwners: '123456789012' },
      'tidemark.config.ts: exportBucketOwners is not a setting. Did you mean "exportBucketOwner"?',
    ],
    [
      { exportKmsKeyId: 'a key' },
      'tidemark.config.ts: exportKmsKeyId is "a key"; it must be a KMS key\'s id, its ARN, or an alias such as alias/exports.',
    ],
    [
      { budget: '$5' },
      "tidemark.config.ts: budget is \"$5\"; it must be a budget such as '$5/month' or '$0.50/month'.",
    ],
    [
      { budget: 5 },
      "tidemark.config.ts: budget is 5; it must be a budget such as '$5/month' or '$0.50/month'.",
    ],
    [{ adaptive: 'yes' }, 'tidemark.config.ts: adaptive is "yes"; it must be true or false.'],
    [{ adaptiv: true }, 'tidemark.config.ts: adaptiv is not a setting. Did you mean "adaptive"?'],
    [
      { window: '10x' },
      'tidemark.config.ts: window is "10x"; it must be a duration such as 30s, 15m, 1h or 900 (seconds).',
    ],
    [
      { window: null },
      'tidemark.config.ts: window is null; it must be a duration such as 30s, 15m, 1h or 900 (seconds).',
    ],
    [
      { view: 'NEW_IMAGES' },
      'tidemark.config.ts: view is "NEW_IMAGES"; it must be NEW_AND_OLD_IMAGES or NEW_IMAGE.',
    ],
    [
      { bucket: 'My_Lake' },
      'tidemark.config.ts: bucket is "My_Lake"; it must be a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens.',
    ],
    [
      { partitionBy: [] },
      "tidemark.config.ts: partitionBy is []; it must be terms such as 'country' or 'truncate(10, created_at)'.",
    ],
    [
      { partitionBy: ['country', 'bucket(0, pk)'] },
      "tidemark.config.ts: partitionBy.1 is \"bucket(0, pk)\"; it must be a term such as 'country', 'bucket(16, pk)' or 'truncate(10, created_at)'.",
    ],
    [
      { tables: { orders: { partitionBy: ['day(at)'] } } },
      "tidemark.config.ts: tables.orders.partitionBy.0 is \"day(at)\"; it must be a term on text or a number, since DynamoDB has no dates: 'truncate(10, at)' where it is ISO-8601 text, 'truncate(86400, at)' where it counts seconds, 'truncate(86400000, at)' milliseconds.",
    ],
    [
      { partitionBy: ['pk', 'identity(pk)'] },
      'tidemark.config.ts: partitionBy is ["pk","identity(pk)"]; it must be terms of which no two are the same.',
    ],
    [
      { lakePrefix: '/lake' },
      'tidemark.config.ts: lakePrefix is "/lake"; it must be a key prefix without a slash at either end.',
    ],
    [
      { catalog: { uri: 'catalog.example.com' } },
      'tidemark.config.ts: catalog.uri is "catalog.example.com"; it must be an address such as https://catalog.example.com/api/catalog, no user, ? or # in it.',
    ],
    [
      { catalog: { uri: 'https://me:s3cret@catalog.example.com' } },
      'tidemark.config.ts: catalog.uri is "https://me:s3cret@catalog.example.com"; it must be an address such as https://catalog.example.com/api/catalog, no user, ? or # in it.',
    ],
    [
      { catalog: { uri: 'https://catalog.example.com', headers: { Authorization: 'Bearer x' } } },
      'tidemark.config.ts: catalog.headers.Authorization is "Authorization"; it must be the name of a header; a token comes from TIDEMARK_CATALOG_TOKEN.',
    ],
    [
      { catalog: { uri: 'https://catalog.example.com', namespace: 'lake..raw' } },
      'tidemark.config.ts: catalog.namespace is "lake..raw"; it must be levels parted by dots, such as lake or lake.raw.',
    ],
    [
      { care: { keepDays: 0.5 } },
      'tidemark.config.ts: care.keepDays is 0.5; it must be a whole number from 1 to 3650.',
    ],
    [
      { batch: { concurrency: 0 } },
      'tidemark.config.ts: batch.concurrency is 0; it must be a whole number from 1 to 64.',
    ],
    [
      { temporal: { address: 'http://localhost:7233' } },
      'tidemark.config.ts: temporal.address is "http://localhost:7233"; it must be host:port such as localhost:7233.',
    ],
    [
      { tables: { orders: { window: 'soon' } } },
      'tidemark.config.ts: tables.orders.window is "soon"; it must be a duration such as 30s, 15m, 1h or 900 (seconds).',
    ],
    [
      { tables: { 'no/table': {} } },
      'tidemark.config.ts: tables.no/table is "no/table"; it must be named by 3 to 255 letters, digits, _ . and -.',
    ],
    [
      { columns: { price: 'decimal(39,2)' } },
      'tidemark.config.ts: columns.price is "decimal(39,2)"; it must be string, long, boolean, binary, json, or decimal(p,s) with p from 1 to 38 and s from 0 to p.',
    ],
    [
      { columns: { price: 'decimal(2,3)' } },
      'tidemark.config.ts: columns.price is "decimal(2,3)"; it must be string, long, boolean, binary, json, or decimal(p,s) with p from 1 to 38 and s from 0 to p.',
    ],
    [
      { tables: { orders: { columns: { n: 'int' } } } },
      'tidemark.config.ts: tables.orders.columns.n is "int"; it must be string, long, boolean, binary, json, or decimal(p,s) with p from 1 to 38 and s from 0 to p.',
    ],
    [
      { columns: { n: 1 } },
      'tidemark.config.ts: columns.n is 1; it must be string, long, boolean, binary, json, or decimal(p,s) with p from 1 to 38 and s from 0 to p.',
    ],
    [
      { columns: ['n'] },
      'tidemark.config.ts: columns is ["n"]; it must be an object of types by attribute.',
    ],
    [{ nested: 'text' }, 'tidemark.config.ts: nested is "text"; it must be struct or json.'],
    [{ omit: 'email' }, 'tidemark.config.ts: omit is "email"; it must be names of attributes.'],
    [undefined, 'tidemark.config.ts is missing; it must be an object, the default export.'],
    ['bucket', 'tidemark.config.ts is "bucket"; it must be an object, the default export.'],
    [{ windw: '15m' }, 'tidemark.config.ts: windw is not a setting. Did you mean "window"?'],
    [
      { tables: { orders: { buckt: 'my-lake' } } },
      'tidemark.config.ts: tables.orders.buckt is not a setting. Did you mean "bucket"?',
    ],
    [
      { temporal: { colour: 'red' } },
      'tidemark.config.ts: temporal.colour is not a setting. Known here are address, namespace, taskQueue, webUrl.',
    ],
  ])('%j', (value, sentence) => {
    expect(problemsOf(value)).toEqual([sentence]);
  });
});

test('all problems are told, not the first alone', () => {
  expect(problemsOf({ window: 0, view: 'BOTH', bukket: 'x' })).toHaveLength(3);
});
