/** Owns the checks of credentials that come from the environment. */
import { expect, test } from '@jest/globals';
import { catalogsByEnvironment } from '../../../src/config/catalogs-by-environment.js';

const FOLDER = { storeUrl: 's3://my-lake', lakePrefix: 'lake' };
const URI = 'https://catalog.example.com';

test('a catalog is opened once for all who name it alike, and tables lie in the folder', () => {
  const open = catalogsByEnvironment({ TIDEMARK_CATALOG_TOKEN: ' a.b-c \n' });
  const catalog = open({ uri: URI }, FOLDER);
  expect(open({ uri: URI }, { ...FOLDER })).toBe(catalog);
  expect(open({ uri: URI, namespace: 'other' }, FOLDER)).not.toBe(catalog);
  expect(catalog.locationOf('orders')).toBe('s3://my-lake/lake/orders');
  const whole = open({ uri: URI }, { ...FOLDER, lakePrefix: '' });
  expect(whole.locationOf('orders')).toBe('s3://my-lake/orders');
});

test.each<[string, Readonly<Record<string, string>>, RegExp]>([
  ['a token of two words', { TIDEMARK_CATALOG_TOKEN: 's3cret word' }, /a token is one word/],
  ['no client id', { TIDEMARK_CATALOG_CREDENTIAL: 's3cret' }, /<client id>:<client secret>/],
  [
    'both',
    { TIDEMARK_CATALOG_TOKEN: 's3cret', TIDEMARK_CATALOG_CREDENTIAL: 'me:s3cret' },
    /are both set/,
  ],
])('%s is refused, and not shown', (_what, environment, says) => {
  let thrown: unknown;
  try {
    catalogsByEnvironment(environment);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: 'InvalidConfig', message: expect.stringMatching(says) });
  expect(JSON.stringify(thrown) + String(thrown)).not.toContain('s3cret');
});

test('a folder that readers cannot follow is refused before anything is asked', () => {
  const open = catalogsByEnvironment({});
  expect(() => open({ uri: URI }, { ...FOLDER, lakePrefix: 'what?' })).toThrow(
    'Readers of Iceberg tables cannot follow the location',
  );
});
