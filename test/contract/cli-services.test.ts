/** Owns the contract of the commands on running services: local AWS, and Temporal without a worker. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createDynamoDbTableExports } from '../../src/connectors/dynamodb/dynamodb-table-exports.js';
import { startLocalAws, type LocalAws } from '../../src/local/local-aws.js';
import { findTemporal } from '../../src/local/programs/find-temporal.js';
import { fastProfile } from '../../src/local/service-profile.js';
import {
  startTemporalDevServer,
  type TemporalDevServer,
} from '../../src/local/temporal/temporal-dev-server.js';
import {
  connectionSettings,
  openTemporal,
  type TemporalAccess,
} from '../../src/temporal/connect.js';
import { dynamoDbClient } from '../support/local-aws.js';
import { CLI } from '../support/running-up.js';
import { until } from '../support/until.js';
import { runCli, type CliEnd } from '../support/run-cli.js';

jest.setTimeout(600_000);

let directory: string;
let aws: LocalAws;
let server: TemporalDevServer;
let temporal: TemporalAccess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-cli-'));
  aws = await startLocalAws({
    directory: join(directory, 'aws'),
    dynamodbPort: 0,
    s3Port: 0,
    profile: fastProfile(1),
  });
  aws.createBucket('my-lake');
  server = await startTemporalDevServer({
    program: await findTemporal(() => undefined),
    databaseFile: join(directory, 'temporal.db'),
    logFile: join(directory, 'temporal.log'),
    port: 0,
    uiPort: 0,
    namespace: 'default',
  });
  temporal = await openTemporal(connectionSettings({ address: server.address }));
});
afterAll(async () => {
  await temporal.close();
  await server.stop();
  await aws.close();
  await rm(directory, { recursive: true, force: true });
});

/** Runs a command that is configured for the services here. */
function tidemark(...args: string[]): Promise<CliEnd> {
  return tidemarkWith({}, ...args);
}

function tidemarkWith(
  settings: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<CliEnd> {
  return runCli(directory, args, {
    AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbUrl,
    AWS_ENDPOINT_URL_S3: aws.s3Url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    TEMPORAL_ADDRESS: server.address,
    TIDEMARK_BUCKET: 'my-lake',
    TIDEMARK_POLL_INTERVAL: '1s',
    TIDEMARK_TEMPORAL_WEB: server.webUrl,
    ...settings,
  });
}

async function runningWorkflows(): Promise<string[]> {
  const ids: string[] = [];
  const query = 'ExecutionStatus = "Running"';
  for await (const { workflowId } of temporal.client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

test('gen-data makes the table and counts its writes', async () => {
  const { code, stdout } = await tidemark(
    ...['gen-data', 'orders', '--count', '25', '--rate', '200', '--json'],
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ tableName: 'orders', written: 25 });
});

describe('start checks at the edge', () => {
  test('a table that is not there: which are, and which may be meant', async () => {
    const { code, stdout, stderr } = await tidemark('start', 'ordres');
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toBe(
      'tidemark: There is no table ordres in us-east-1.\n  Did you mean "orders"? Tables there: orders.\n',
    );
  });

  test('a bucket that is not there', async () => {
    const { code, stdout, stderr } = await tidemark('start', 'orders', '--bucket', 'no-lake');
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^tidemark: There is no bucket no-lake\.\n {2}Create it /);
  });

  test('of two tables one is wrong: neither is started', async () => {
    expect(await tidemark('start', 'orders', 'ordres')).toMatchObject({ code: 4 });
    expect(await runningWorkflows()).toEqual([]);
  });
});

describe('a sync without a worker', () => {
  test('starting twice is one workflow', async () => {
    const first = await tidemark('start', 'orders');
    expect(first.code).toBe(0);
    expect(first.stdout).toContain('orders started: windows of 15m into s3://my-lake/lake');
    expect(first.stdout).toContain(`${server.webUrl}/namespaces/default/workflows/tidemark%2F`);
    const second = await tidemark('start', 'orders', '--json');
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ outcome: 'already-running' });
    expect(await runningWorkflows()).toEqual(['tidemark/us-east-1/orders']);
  });

  test('status does not hang: it says what Temporal knows, and what to do', async () => {
    const { code, stdout } = await tidemark('status', 'orders');
    expect(code).toBe(0);
    expect(stdout).toContain('no worker answers');
    expect(stdout).toContain('start one with `tidemark worker`');
    const { stdout: json } = await tidemark('status', 'orders', '--json');
    expect(JSON.parse(json)).toMatchObject({ tableName: 'orders', execution: 'RUNNING' });
  });

  test('list shows it', async () => {
    const { code, stdout, stderr } = await tidemark('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^orders +us-east-1 +no worker answers$/m);
    expect(stderr).toContain('start one with `tidemark worker`');
  });

  test('a signal is kept for the worker to come', async () => {
    const { code, stderr } = await tidemark('pause', 'orders');
    expect(code).toBe(0);
    expect(stderr).toContain('The signal is kept until then.');
    const history = await temporal.client.workflow
      .getHandle('tidemark/us-east-1/orders')
      .fetchHistory();
    const signals = history.events?.map(
      (event) => event.workflowExecutionSignaledEventAttributes?.signalName,
    );
    expect(signals).toContain('pause');
  });

  test('a sync that was never started, told with a guess', async () => {
    const { code, stdout, stderr } = await tidemark('pause', 'order');
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toBe('tidemark: There is no sync of order.\n  Did you mean "orders"?\n');
  });

  test('one that ended is not signalled', async () => {
    await temporal.client.workflow.getHandle('tidemark/us-east-1/orders').terminate();
    const { code, stderr } = await tidemark('stop', 'orders');
    expect(code).toBe(4);
    expect(stderr).toMatch(/^tidemark: The sync of orders is not running \(terminated\)\.\n/);
  });
});

describe('export', () => {
  test('a full one is taken, read, verified and counted', async () => {
    // Recovery was never on: no workflow ran that switches it on.
    const off = await tidemark('export', 'orders');
    expect(off.stderr).toMatch(/^tidemark: Point-in-time recovery of orders is off/);
    await openRecovery();
    const { code, stdout } = await tidemark('export', 'orders', '--json');
    expect(code).toBe(0);
    const contents = JSON.parse(stdout) as {
      readonly items: number;
      readonly changes: { readonly item: number };
    };
    expect(contents.changes.item).toBe(contents.items);
    expect(contents.items).toBeGreaterThan(0);
  });

  test('a window that is too short is told before DynamoDB is asked', async () => {
    const { code, stdout, stderr } = await tidemark(
      ...['export', 'orders', '--from', '2026-01-01T00:00:00Z', '--to', '2026-01-01T00:10:00Z'],
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('are 10m; a window lasts 15m to 24h.');
  });

  async function openRecovery(): Promise<void> {
    const client = dynamoDbClient(aws.dynamodbUrl);
    const exports = createDynamoDbTableExports({ client });
    await exports.enablePitr('orders');
    await until(async () => {
      const pitr = await exports.describePitr('orders');
      return pitr.enabled && pitr.latestRestorable > pitr.earliestRestorable;
    });
    client.destroy();
  }
});

describe('doctor', () => {
  test('finds what is wrong, says what to do, ends with 1', async () => {
    const { code, stdout } = await tidemark('doctor', 'orders', 'ordres', '--json');
    expect(code).toBe(1);
    const { isWell, findings } = JSON.parse(stdout) as {
      readonly isWell: boolean;
      readonly findings: readonly Record<'what' | 'outcome' | 'toDo', string>[];
    };
    expect(isWell).toBe(false);
    const outcomes = Object.fromEntries(findings.map(({ what, outcome }) => [what, outcome]));
    expect(outcomes).toMatchObject({
      region: 'passed',
      credentials: 'passed',
      DynamoDB: 'passed',
      'table orders': 'passed',
      'table ordres': 'failed',
      'bucket my-lake': 'passed',
      Temporal: 'passed',
      namespace: 'passed',
      'worker of "tidemark"': 'failed',
    });
    for (const { outcome, toDo } of findings) {
      if (outcome === 'failed') expect(toDo).not.toBe('');
    }
  });

  test('asks a catalog that is configured, and says of one that cannot be reached what to check', async () => {
    const uri = 'http://127.0.0.1:1';
    const told = async (settings: Readonly<Record<string, string>>): Promise<string> => {
      const catalog = { TIDEMARK_CATALOG_URI: uri, ...settings };
      return (await tidemarkWith(catalog, 'doctor', 'orders')).stdout;
    };
    expect(await told({})).toMatch(
      /✖ catalog http:\/\/127\.0\.0\.1:1: No answer came from .*\n {4}Check the catalog's uri/,
    );
    const both = { TIDEMARK_CATALOG_TOKEN: 's3cret', TIDEMARK_CATALOG_CREDENTIAL: 'me:s3cret' };
    const refused = await told(both);
    expect(refused).toMatch(/✖ catalog: .* are both set\.\n {4}Unset one/);
    expect(refused).not.toContain('s3cret');
  });
});

describe('query', () => {
  test('a lake without tables says so', async () => {
    const { code, stdout, stderr } = await tidemark('query', 'select * from orders');
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain('tidemark: The lake has no table "orders".');
  });

  test('JSON, CSV and a table', async () => {
    const sql = "select 1 as n, null as nothing, 'a,b' as text";
    expect((await tidemark('query', sql, '--json')).stdout).toBe(
      '[{"n":1,"nothing":null,"text":"a,b"}]\n',
    );
    expect((await tidemark('query', sql, '--csv')).stdout).toBe('n,nothing,text\r\n1,,"a,b"\r\n');
    expect((await tidemark('query', sql)).stdout).toBe('n  nothing  text\n1     NULL  a,b\n');
  });
});

test('local answers at once, and SIGTERM ends it well', async () => {
  const args = [
    'local',
    '--dynamodb-port',
    '0',
    '--s3-port',
    '0',
    '--json',
    '--state-dir',
    'alone',
  ];
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise<string>((resolve) => lines.once('line', resolve));
  const { environment } = JSON.parse(line) as { environment: Record<string, string> };
  const answer = await fetch(environment['AWS_ENDPOINT_URL_S3']!);
  expect(answer.status).toBeLessThan(500);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
