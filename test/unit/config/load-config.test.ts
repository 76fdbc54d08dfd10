/** Owns the check of where a configuration comes from, and which source wins. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONFIG_VARIABLES, configFromEnvironment } from '../../../src/config/config-environment.js';
import { loadConfig } from '../../../src/config/load-config.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-config-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function put(name: string, config: object): Promise<void> {
  await writeFile(join(directory, name), JSON.stringify(config));
}

test('nothing at all is an empty configuration', async () => {
  const { path, config } = await loadConfig({ directory, environment: {} });
  expect(path).toBeUndefined();
  expect(config).toEqual({ batch: {}, limits: {}, temporal: {} });
});

test('the environment wins over the file, options over both, group by group', async () => {
  await put('tidemark.config.json', {
    bucket: 'of-the-file',
    window: '1h',
    view: 'NEW_IMAGE',
    batch: { megabytes: 8, concurrency: 2 },
  });
  const { path, config } = await loadConfig({
    directory,
    environment: {
      TIDEMARK_BUCKET: 'of-the-environment',
      TIDEMARK_WINDOW: '2h',
      TIDEMARK_BATCH_CONCURRENCY: '3',
    },
    flags: { bucket: 'of-the-options', window: undefined },
  });
  expect(path).toBe(join(directory, 'tidemark.config.json'));
  expect(config).toMatchObject({
    bucket: 'of-the-options',
    window: '2h',
    view: 'NEW_IMAGE',
    batch: { megabytes: 8, concurrency: 3 },
  });
});

test('TIDEMARK_CONFIG names another file, or none', async () => {
  await put('tidemark.config.json', { bucket: 'of-the-file' });
  await put('other.json', { bucket: 'of-another' });
  const load = (file: string): ReturnType<typeof loadConfig> =>
    loadConfig({ directory, environment: { TIDEMARK_CONFIG: file } });
  expect((await load('other.json')).config.bucket).toBe('of-another');
  expect((await load('none')).config.bucket).toBeUndefined();
  await expect(load('missing.json')).rejects.toThrow(
    'There is no configuration file missing.json.',
  );
});

describe('problems are told by the name a person knows', () => {
  test('a variable', () => {
    expect(() => configFromEnvironment({ TIDEMARK_WINDOW: 'often' })).toThrow(
      'TIDEMARK_WINDOW is "often"; it must be a duration',
    );
    expect(() => configFromEnvironment({ TIDEMARK_BATCH_MEGABYTES: 'many' })).toThrow(
      'TIDEMARK_BATCH_MEGABYTES is "many"; it must be a whole number from 1 to 4096.',
    );
  });

  test('an option', async () => {
    const loading = loadConfig({ directory, environment: {}, flags: { window: 'often' } });
    await expect(loading).rejects.toThrow('--window is "often"; it must be a duration');
  });
});

test('every variable sets a field that there is', () => {
  for (const variable of Object.keys(CONFIG_VARIABLES)) {
    // A field that is unknown would be told as no setting, whatever its value.
    expect(() => configFromEnvironment({ [variable]: '\u0000' })).not.toThrow('is not a setting');
  }
});

test('an empty variable is one that is not set', () => {
  expect(configFromEnvironment({ TIDEMARK_BUCKET: '' })).toEqual({});
});

describe('DAG files and results', () => {
  test('paths count from where they were written', async () => {
    await mkdir(join(directory, 'etc'));
    await put('etc/tidemark.json', { dags: 'flows', results: 'file:out' });
    const { config } = await loadConfig({ directory, environment: {}, file: 'etc/tidemark.json' });
    expect(config.dags).toEqual([join(directory, 'etc/flows')]);
    expect(config.results).toBe(`file:${join(directory, 'etc/out')}`);
    const environment = { TIDEMARK_DAGS: 'dags, more/*.ts', TIDEMARK_RESULTS: 's3://my-lake/out' };
    const other = await loadConfig({ directory, environment, file: 'etc/tidemark.json' });
    expect(other.config.dags).toEqual([join(directory, 'dags'), join(directory, 'more/*.ts')]);
    expect(other.config.results).toBe('s3://my-lake/out');
  });

  test.each([
    [{ TIDEMARK_RESULTS: 'gs://x' }, 'TIDEMARK_RESULTS is "gs://x"; it must be s3://bucket/prefix'],
    [{ TIDEMARK_DAGS: ',' }, 'TIDEMARK_DAGS is []; it must be a path, a glob, or several.'],
  ])('%j is told', async (environment, says) => {
    await expect(loadConfig({ directory, environment })).rejects.toThrow(says);
  });
});
