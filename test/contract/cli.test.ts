/** Owns the contract of the command line before anything is reached: help, typos, settings. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli, type CliEnd } from '../support/run-cli.js';

const COMMANDS =
  'up local gen-data start worker list status pause resume resync stop query export load dag doctor';

/** Nothing listens on this port. */
const NOWHERE = '127.0.0.1:1';
const ON_AWS = { AWS_REGION: 'eu-west-1', TIDEMARK_BUCKET: 'my-lake' };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-cli-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A failure is a sentence and a hint on stderr, nothing on stdout, no stack, nothing left behind. */
async function expectFailure(
  { code, stdout, stderr }: CliEnd,
  expected: { readonly code: number; readonly says: string; readonly hint: string },
  leaves: readonly string[] = [],
): Promise<void> {
  expect({ code, stdout }).toEqual({ code: expected.code, stdout: '' });
  const [first = '', second = ''] = stderr.split('\n');
  expect(first).toBe(`tidemark: ${expected.says}`);
  expect(second).toContain(expected.hint);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(await readdir(directory)).toEqual(leaves);
}

describe('help', () => {
  test('names every command and the exit codes; no arguments at all ask for it', async () => {
    const help = await runCli(directory, ['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const name of COMMANDS.split(' ')) {
      expect(help.stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
    expect(help.stdout).toContain('Exit codes:');
    expect(await runCli(directory, [])).toEqual(help);
  });

  test('is there for every command', async () => {
    for (const name of COMMANDS.split(' ')) {
      const { code, stdout } = await runCli(directory, ['help', name]);
      expect({ code, usage: stdout.split('\n')[0] }).toMatchObject({
        code: 0,
        usage: expect.stringContaining(`Usage: tidemark ${name} `) as unknown,
      });
    }
  });

  test('--version is the package version', async () => {
    const { code, stdout } = await runCli(directory, ['--version']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '0.1.0\n' });
  });
});

describe('a command line that cannot be used ends with 2 and touches nothing', () => {
  test.each([
    [['statsu', 'orders'], "unknown command 'statsu'.", 'Did you mean status?'],
    [['start', 'orders', '--windw', '1h'], "unknown option '--windw'.", 'Did you mean --window?'],
    [['status'], "missing required argument 'table'.", 'See `tidemark status --help`.'],
    [
      ['up', '--minute', '0'],
      "option '--minute <seconds>' argument '0' is invalid. It must be a whole number from 1 to 60.",
      'See `tidemark up --help`.',
    ],
    [
      ['local', '--s3-port', 'http'],
      "option '--s3-port <port>' argument 'http' is invalid. It must be a whole number from 0 to 65535.",
      'See `tidemark local --help`.',
    ],
    [
      ['start', 'or'],
      '"or" cannot be a table\'s name: it takes 3 to 255 letters, digits, _ . and -.',
      'full name',
    ],
    [
      ['query'],
      'A query takes one statement: as an argument, or by --file.',
      "tidemark query 'select count(*) from orders'",
    ],
    [['load', 'exports'], "required option '--table <name>' not specified.", 'load --help'],
    [
      ['load', 's3:/exports', '--table', 'orders', '--lake', 'lake'],
      '"s3:/exports" is neither a folder nor s3://bucket/prefix.',
      's3://my-bucket/exports',
    ],
    [
      ['load', '.', '--table', 'orders', '--lake', 'lake', '--sort-key', 'at'],
      '--sort-key is given without --partition-key.',
      'Give both',
    ],
    [['query', '--file', 'none.sql'], 'none.sql cannot be read: ENOENT', ''],
    [['list', '--config', 'none.ts'], 'There is no configuration file none.ts.', '--config'],
    [['start', 'orders', '--bucket', 'B'], '--bucket is "B"; it must be a bucket name', ''],
  ])('%j', async (args, says, hint) => {
    const ended = await runCli(directory, args, ON_AWS);
    const [first = ''] = ended.stderr.split('\n');
    expect(first).toContain(`tidemark: ${says}`);
    const whole = first.slice('tidemark: '.length);
    await expectFailure(ended, { code: 2, says: whole, hint });
  });
});

describe('configuration', () => {
  test('a TypeScript file with a problem names file, field and value', async () => {
    const source = "export default { bucket: 'my-lake', window: 'often' };\n";
    await writeFile(join(directory, 'tidemark.config.ts'), source);
    await expectFailure(
      await runCli(directory, ['start', 'orders'], { AWS_REGION: 'eu-west-1' }),
      {
        code: 2,
        says: 'tidemark.config.ts: window is "often"; it must be a duration such as 30s, 15m, 1h or 900 (seconds).',
        hint: 'Mend tidemark.config.ts',
      },
      ['tidemark.config.ts'],
    );
  });

  test('a file that does not load says why', async () => {
    await writeFile(join(directory, 'tidemark.config.ts'), 'export default {{;\n');
    const { code, stderr } = await runCli(directory, ['list']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^tidemark: tidemark\.config\.ts could not be loaded: /);
  });

  test('defineConfig comes from the package, wherever the file lies', async () => {
    const source = `import { defineConfig } from 'tidemark';
const minutes: number = 10;
export default defineConfig({ region: 'eu-west-1', bucket: 'my-lake', window: \`\${minutes}m\` });\n`;
    await writeFile(join(directory, 'tidemark.config.ts'), source);
    await expectFailure(
      await runCli(directory, ['start', 'orders']),
      {
        code: 2,
        says: 'window is 10m; dynamodb.eu-west-1.amazonaws.com exports windows of 15m to 24h.',
        hint: 'Set window within 15m to 24h.',
      },
      ['tidemark.config.ts'],
    );
  });

  test('a window of ten minutes is not for AWS, by option and by variable', async () => {
    const expected = {
      code: 2,
      says: 'window is 10m; dynamodb.eu-west-1.amazonaws.com exports windows of 15m to 24h.',
      hint: 'Set window within 15m to 24h.',
    };
    const byOption = await runCli(directory, ['start', 'orders', '--window', '10m'], ON_AWS);
    await expectFailure(byOption, expected);
    const byVariable = { ...ON_AWS, TIDEMARK_WINDOW: '10m' };
    await expectFailure(await runCli(directory, ['start', 'orders'], byVariable), expected);
  });

  test('no bucket, and no Region', async () => {
    await expectFailure(await runCli(directory, ['start', 'orders'], { AWS_REGION: 'eu-west-1' }), {
      code: 2,
      says: 'No bucket is configured for orders.',
      hint: '--bucket NAME',
    });
    const noRegion = await runCli(directory, ['start', 'orders'], { TIDEMARK_BUCKET: 'my-lake' });
    await expectFailure(noRegion, {
      code: 2,
      says: 'No AWS Region is configured.',
      hint: 'Set AWS_REGION',
    });
  });
});

describe('what is needed and is not there ends with 3', () => {
  test.each(['list', 'worker'])('Temporal, for %s', async (command) => {
    const ended = await runCli(directory, [command], { ...ON_AWS, TEMPORAL_ADDRESS: NOWHERE });
    expect(ended).toMatchObject({ code: 3, stdout: '' });
    expect(ended.stderr).toMatch(/^tidemark: No Temporal server answers at 127\.0\.0\.1:1\b/);
    expect(ended.stderr).toContain('`tidemark up` brings its own');
  });

  test('DynamoDB', async () => {
    const env = {
      ...ON_AWS,
      AWS_ENDPOINT_URL: `http://${NOWHERE}`,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
    };
    const { code, stdout, stderr } = await runCli(directory, ['start', 'orders'], env);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('Check the network and the endpoint.');
  });

  describe('a port that is taken', () => {
    let holder: Server;
    let port: string;
    beforeEach(async () => {
      holder = createServer();
      await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
      port = String((holder.address() as AddressInfo).port);
    });
    afterEach(() => {
      holder.close();
    });

    test.each(['--s3-port', '--dynamodb-port'])('%s, for up and local', async (option) => {
      const other = option === '--s3-port' ? '--dynamodb-port' : '--s3-port';
      for (const command of ['up', 'local']) {
        const args = [command, option, port, other, '0'];
        const { code, stdout, stderr } = await runCli(directory, args);
        expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
        expect(stderr).toMatch(new RegExp(`^tidemark: .*${port}.*taken`));
        expect(stderr).toContain(`choose another port by ${option}.`);
        expect(await readdir(directory)).toEqual([]);
      }
    });
  });
});
