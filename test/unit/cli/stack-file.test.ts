/** Owns the check that commands find a running local stack, and nothing but it. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  environmentOfStack,
  findRunningStack,
  namesOwnPlace,
  removeStackNote,
  writeStackNote,
} from '../../../src/cli/stack-file.js';
import { stackEnvironment } from '../../../src/cli/up/stack-environment.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-stack-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const addresses = {
  dynamodbUrl: 'http://127.0.0.1:8000',
  s3Url: 'http://127.0.0.1:9000',
  temporalAddress: '127.0.0.1:7233',
  webUrl: 'http://127.0.0.1:8233',
};

test('a note is found while its process lives', async () => {
  expect(await findRunningStack(directory)).toBeUndefined();
  await writeStackNote(directory, { AWS_REGION: 'us-east-1' });
  expect(await findRunningStack(directory)).toEqual({ AWS_REGION: 'us-east-1' });
  await removeStackNote(directory);
  expect(await findRunningStack(directory)).toBeUndefined();
});

test.each([
  ['of a process that is gone', JSON.stringify({ pid: 2 ** 30, environment: {} })],
  ['cut off', '{"pid": 1, "envi'],
  ['of another form', '{"pid": "1"}'],
])('a note %s is none', async (_which, text) => {
  await writeFile(join(directory, 'stack.json'), text);
  expect(await findRunningStack(directory)).toBeUndefined();
});

test.each([
  ['TEMPORAL_ADDRESS', true],
  ['AWS_ENDPOINT_URL', true],
  ['AWS_ENDPOINT_URL_S3', true],
  ['TIDEMARK_BUCKET', true],
  ['TIDEMARK_CONFIG', true],
  ['TIDEMARK_DAGS', false],
  ['TIDEMARK_TEMPORAL_CLI', false],
  ['AWS_PROFILE', false],
  ['PATH', false],
])('whoever sets %s means a place of their own: %p', (name, isOwn) => {
  expect(namesOwnPlace({ [name]: 'x' })).toBe(isOwn);
  expect(namesOwnPlace({ [name]: '' })).toBe(false);
});

test('nothing that leads elsewhere comes along', () => {
  const stack = stackEnvironment(addresses, '/state/temporal.toml', { secondsPerMinute: 1 });
  const environment = environmentOfStack(
    {
      PATH: '/bin',
      AWS_PROFILE: 'production',
      AWS_SESSION_TOKEN: 'secret',
      AWS_ENDPOINT_URL: 'https://elsewhere',
      TEMPORAL_API_KEY: 'secret',
      TIDEMARK_BUCKET: 'production-lake',
      TIDEMARK_TEMPORAL_CLI: '/opt/temporal',
    },
    stack,
  );
  expect(environment).toMatchObject({ PATH: '/bin', TIDEMARK_TEMPORAL_CLI: '/opt/temporal' });
  expect(environment).toMatchObject(stack);
  expect(Object.values(environment)).not.toContain('secret');
  expect(environment).not.toHaveProperty('AWS_PROFILE');
  expect(environment).not.toHaveProperty('AWS_ENDPOINT_URL');
});

test("the stack's pace is its services' pace", () => {
  expect(stackEnvironment(addresses, '', { secondsPerMinute: 1 })).toMatchObject({
    TIDEMARK_WINDOW: '15s',
    TIDEMARK_MAX_WINDOW: '1440s',
    TIDEMARK_POLL_INTERVAL: '1s',
  });
  expect(stackEnvironment(addresses, '', { secondsPerMinute: 60 })).toMatchObject({
    TIDEMARK_WINDOW: '900s',
    TIDEMARK_MAX_WINDOW: '86400s',
    TIDEMARK_POLL_INTERVAL: '15s',
  });
});
