/** Owns the check of names that come from a person, and of guesses at mistyped ones. */
import { describe, expect, test } from '@jest/globals';
import { BUCKET_NAME, checkTableName, KEY_PREFIX, TOPIC_ARN } from '../../../src/config/names.js';
import { didYouMean, nearestName } from '../../../src/config/nearest-name.js';

describe('checkTableName', () => {
  test.each(['abc', 'Orders_2026.eu-west', 'a'.repeat(255)])('takes %s', (name) => {
    expect(checkTableName(name)).toBe(name);
  });

  test.each(['', 'ab', 'a'.repeat(256), 'orders/2026', 'orders ', 'bestellungen_ä'])(
    'refuses %p',
    (name) => {
      expect(() => checkTableName(name)).toThrow("cannot be a table's name");
    },
  );
});

test.each([
  ['my-lake', true],
  ['a.b.c', true],
  ['ab', false],
  ['My-lake', false],
  ['-lake', false],
  ['a..b', false],
  ['192.168.5.4', false],
  ['a'.repeat(64), false],
])('%s is a bucket name: %p', (name, isOne) => {
  expect(BUCKET_NAME.test(name)).toBe(isOne);
});

test.each([
  ['', true],
  ['a', true],
  ['a/b', true],
  ['/a', false],
  ['a/', false],
])('%p is a key prefix: %p', (prefix, isOne) => {
  expect(KEY_PREFIX.test(prefix)).toBe(isOne);
});

describe('nearestName', () => {
  const known = ['orders', 'customers', 'order-lines'];
  test.each([
    ['ordres', 'orders'],
    ['Orders', 'orders'],
    ['custmers', 'customers'],
    ['order-line', 'order-lines'],
  ])('%s is meant to be %s', (word, name) => {
    expect(nearestName(word, known)).toBe(name);
  });

  test('what is far from all is no guess', () => {
    expect(nearestName('invoices', known)).toBeUndefined();
    expect(didYouMean('invoices', known)).toBe('');
    expect(didYouMean('order', ['orders'])).toBe('Did you mean "orders"?');
  });
});

test.each([
  ['arn:aws:sns:eu-west-1:123456789012:lake-alerts', true],
  ['arn:aws:sns:us-gov-west-1:123456789012:lake_alerts.fifo', true],
  ['arn:aws-cn:sns:cn-north-1:123456789012:a', true],
  [`arn:aws:sns:eu-west-1:123456789012:${'x'.repeat(256)}`, true],
  [`arn:aws:sns:eu-west-1:123456789012:${'x'.repeat(257)}`, false],
  ['arn:aws:sns:eu-west-1:123456789012:lake-alerts:1a2b', false],
  ['arn:aws:sqs:eu-west-1:123456789012:lake-alerts', false],
  ['lake-alerts', false],
])('%s is the ARN of a topic: %p', (arn, is) => {
  expect(TOPIC_ARN.test(arn)).toBe(is);
});
