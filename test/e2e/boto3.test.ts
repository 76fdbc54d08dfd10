/** Owns the round trip of another SDK than ours: plain boto3 against the local AWS. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startLocalAws, type LocalAws } from '../../src/local/local-aws.js';
import { fastProfile } from '../../src/local/service-profile.js';

const BOTO3_VERSION = '1.44.5';
const run = promisify(execFile);

let aws: LocalAws;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-boto3-'));
  // Two-second windows, one-second exports.
  aws = await startLocalAws({
    directory,
    dynamodbPort: 0,
    s3Port: 0,
    profile: fastProfile(0.1),
  });
});
afterAll(async () => {
  await aws.close();
  await rm(directory, { recursive: true, force: true });
});

test('plain boto3 takes exports and finds the table in them', async () => {
  const python = await pythonWithBoto3();
  const script = join(import.meta.dirname, 'boto3/export_roundtrip.py');
  const { stdout } = await run(python, [script], {
    env: {
      PATH: process.env['PATH'],
      AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbUrl,
      AWS_ENDPOINT_URL_S3: aws.s3Url,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  process.stdout.write(stdout);
  expect(stdout).toMatch(
    /^boto3 .*: 200 items, 82 changes, 202 items in the end, 0 differences\n$/,
  );
}, 300_000);

/** A Python of its own with the one boto3, made once and kept in the cache. */
async function pythonWithBoto3(): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const home = join(cache, 'tidemark', `venv-boto3-${BOTO3_VERSION}`);
  const python = join(home, 'bin', 'python');
  if (existsSync(python)) return python;
  await mkdir(join(cache, 'tidemark'), { recursive: true });
  // Moved into place only when it is whole, so that a broken attempt is not taken for one.
  const attempt = `${home}.${process.pid}`;
  await run('python3', ['-m', 'venv', attempt]);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await run(join(attempt, 'bin', 'python'), [...install, `boto3==${BOTO3_VERSION}`]);
  await rename(attempt, home);
  return python;
}
