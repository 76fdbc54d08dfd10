/** Owns the contract of DAG commands that need no server: on files alone, in the built CLI. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runCli, type CliEnd } from '../support/run-cli.js';

const ORDERS = `import { asset, cron, dag } from 'tidemark';
import { z } from 'zod';
import type { Spec } from './lib/spec';
import { specOf } from './lib/spec';

export default dag(
  'orders_daily',
  {
    schedule: cron('0 6 * * *', { timezone: 'Europe/Paris' }),
    params: z.object({ tables: z.array(z.string()).default(['a', 'b']) }),
  },
  (d) => {
    const list = d.task('list', async (_: object, run): Promise<Spec[]> => {
      run.logger.info('looking', { attempt: run.attempt });
      return run.params.tables.map(specOf);
    });
    const copy = d.task('copy', async (input: { spec: Spec }) => input.spec.table, { retries: 1 });
    const report = d.task('report', async (input: { copied: string[] }) => input.copied, {
      outlets: [asset('report')],
    });
    report({ copied: copy.map({ spec: list({}) }) });
  },
);
`;
const SPEC = `export interface Spec { readonly table: string }
export const specOf = (table: string): Spec => ({ table });
`;
const TWO = `import { dag } from 'tidemark';
export { default } from './orders';
export const hand = dag('by_hand', {}, (d) => {
  d.task('only', async () => undefined, { local: true })({});
});
`;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-dags-'));
  await mkdir(join(directory, 'dags/lib'), { recursive: true });
  await put('dags/orders.ts', ORDERS);
  await put('dags/lib/spec.ts', SPEC);
  await put('dags/two.ts', TWO);
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function put(name: string, text: string): Promise<void> {
  await writeFile(join(directory, name), text);
}

function dag(...args: string[]): Promise<CliEnd> {
  // Nothing listens on this port.
  return runCli(directory, ['dag', ...args], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
}

test('loading DAG files loads neither DuckDB nor clients of AWS and Temporal', async () => {
  const module = fileURLToPath(new URL('../../lib/src/dag-files/load-dags.js', import.meta.url));
  const script = `import(${JSON.stringify(module)})
    .then(({ loadDags }) => loadDags({}, ${JSON.stringify(directory)}))
    .then((dags) => console.log(JSON.stringify([dags.length, Object.keys(require.cache)])));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script]);
  const [count, modules] = JSON.parse(stdout) as [number, string[]];
  expect(count).toBe(2);
  expect(modules.filter((path) => /duckdb|aws-sdk|temporalio/.test(path))).toEqual([]);
});

describe('list', () => {
  test('the files, and in one line that no server is there', async () => {
    const { code, stdout, stderr } = await dag('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^by_hand +by hand +dags\/two\.ts$/m);
    expect(stdout).toMatch(
      /^orders_daily +0 6 \* \* \* \(Europe\/Paris\) +in .* dags\/orders\.ts$/m,
    );
    expect(stderr).toBe('No Temporal server answers at 127.0.0.1:1. These are the files alone.\n');
  });

  test('a file that does not load: the others, and what is wrong with it', async () => {
    await put('dags/x.ts', "import './gone.js';\n");
    const { code, stdout, stderr } = await dag('list');
    expect(code).toBe(1);
    expect(stdout).toContain('orders_daily');
    expect(stderr).toContain(
      "✗ dags/x.ts:1 could not be loaded: Cannot find module './gone.js'.\n",
    );
    const json = await dag('list', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      dags: [{ id: 'by_hand' }, { id: 'orders_daily', file: 'dags/orders.ts' }],
      problems: [{ message: expect.stringContaining('gone.js') as unknown }],
    });
  });

  test('no DAG at all says where to put one', async () => {
    await rm(join(directory, 'dags'), { recursive: true });
    expect(await dag('list')).toMatchObject({
      code: 0,
      stdout: 'No DAG: put a file with `export default dag(…)` in dags/.\n',
    });
  });
});

describe('show', () => {
  test('the graph', async () => {
    const { code, stdout } = await dag('show', 'orders_daily');
    expect(code).toBe(0);
    expect(stdout).toMatch(/schedule +0 6 \* \* \* \(Europe\/Paris\)/);
  });

  test('as a picture and as Mermaid', async () => {
    const svg = await dag('show', 'dags/orders.ts', '--svg', 'orders.svg');
    expect(svg).toMatchObject({ code: 0, stdout: 'wrote orders.svg\n' });
    expect(await readFile(join(directory, 'orders.svg'), 'utf8')).toContain('<svg');
    const mermaid = await dag('show', 'orders_daily', '--mermaid');
    expect(mermaid.stdout).toMatch(/^flowchart LR\n {2}t0\["list"\]/);
    const nowhere = await dag('show', 'orders_daily', '--svg', 'none/x.svg');
    expect(nowhere.code).toBe(2);
    expect(nowhere.stderr).toContain('none/x.svg cannot be written: ENOENT');
  });
});

describe('test', () => {
  test('each step with its virtual time, then the run', async () => {
    const { code, stdout, stderr } = await dag('test', 'orders_daily', '--fail', 'copy[1]@1');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('list: looking {"attempt":1}\n');
    expect(stdout).toMatch(/^ +0 ms {2}✗ copy\[1\] failed: --fail copy\[1\]@1$/m);
    expect(stdout).toMatch(/^ +5 min {2}✓ copy\[1\] succeeded, attempt 2$/m);
    expect(stdout).toMatch(/^ +5 min {2}◆ report updated$/m);
    expect(stdout).toMatch(/^copy +success +2 +2\/2 +5 min$/m);
    expect(stdout).toContain('orders_daily success after 5 min of virtual time\n');
  });

  test('a run that fails ends with 1, and says which, which attempt, why', async () => {
    const { code, stdout } = await dag('test', 'orders_daily', '--fail', 'copy[1]');
    expect(code).toBe(1);
    expect(stdout).toContain('✗ copy[1], attempt 2: --fail copy[1]\n');
  });

  test('params, and the answer as JSON', async () => {
    const args = ['orders_daily', '--params', '{"tables": ["x"]}', '--json'];
    const { code, stdout } = await dag('test', ...args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'success', outputs: { report: ['x'] } });
  });
});

describe('plan', () => {
  test('what comes, what it costs, which limit is first', async () => {
    const { code, stdout } = await dag('plan', 'orders_daily', '--count', '3');
    expect(code).toBe(0);
    expect(stdout.match(/^\d{4}-\d\d-\d\d 06:00 {2}\d{4}-\d\d-\d\d 06:00 /gm)).toHaveLength(3);
    expect(stdout).toMatch(/^copy +× n ≤ 10,000 +6 +1$/m);
    expect(stdout).toMatch(/^a month: 30 runs +[\d,]+ – [\d,]+$/m);
    expect(stdout).toContain('An estimate, on the high side');
    expect(stdout).toContain('The first it would meet: ');
  });

  test('as JSON', async () => {
    const { stdout } = await dag('plan', 'by_hand', '--json');
    const { least, intervals } = JSON.parse(stdout) as { least: object; intervals: unknown[] };
    expect(intervals).toEqual([]);
    expect(least).toEqual({ events: 13, actions: 4 });
  });
});

describe('a command line that cannot be used says what to do', () => {
  test.each<[string[], number, string, string]>([
    [['shwo'], 2, "unknown command 'shwo'.", 'Did you mean show? See `tidemark dag --help`.'],
    [
      ['test', 'orders_dayly'],
      4,
      'No DAG file here defines orders_dayly.',
      'Did you mean "orders_daily"?',
    ],
    [['test', 'dags/none.ts'], 4, 'There is no DAG file dags/none.ts.', 'Give the path'],
    [
      ['test', 'dags/two.ts'],
      2,
      'dags/two.ts holds several DAGs: by_hand, orders_daily.',
      'Say which: dags/two.ts#by_hand',
    ],
    [
      ['test', 'dags/two.ts#hand'],
      4,
      'dags/two.ts holds no DAG hand.',
      'There are: by_hand, orders_daily.',
    ],
    [['test', 'dags/lib/spec.ts'], 2, 'dags/lib/spec.ts exports no DAG.', 'export default dag'],
    [['test', 'orders_daily', '--params', '{'], 2, 'The params are no JSON: ', "--params '{"],
    [
      ['test', 'orders_daily', '--params', '{"tables": 1}'],
      2,
      'params.tables: ',
      '`params` of DAG orders_daily',
    ],
    [
      ['test', 'by_hand', '--params', '{"a": 1}'],
      2,
      'DAG by_hand takes no params.',
      'Leave --params out',
    ],
    [
      ['test', 'orders_daily', '--fail', 'cpy'],
      2,
      '--fail cpy names no task of orders_daily.',
      'Did you mean "copy"?',
    ],
    [
      ['test', 'orders_daily', '--date', 'now'],
      2,
      '--date is "now", which is no time.',
      'Write a date',
    ],
    [
      ['mark', 'orders_daily', 'r', 'copy', 'good'],
      2,
      "command-argument value 'good' is invalid for argument 'state'.",
      'See `tidemark dag mark --help`.',
    ],
    [
      ['backfill', 'orders_daily', '--from', '2026-01-01'],
      2,
      "required option '--to <time>' not specified.",
      'See `tidemark dag backfill --help`.',
    ],
    [['trigger', 'orders_daily'], 3, 'No Temporal server answers at 127.0.0.1:1.', '`tidemark up`'],
  ])('%j', async (args, code, says, hint) => {
    const ended = await dag(...args);
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: '' });
    const [first = '', ...rest] = ended.stderr.split('\n');
    expect(first).toContain(`tidemark: ${says}`);
    expect(rest.join('\n')).toContain(hint);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  test('without a command there is help, for each command too', async () => {
    const { code, stderr } = await dag();
    expect(code).toBe(2);
    const names = [...stderr.matchAll(/^ {2}([a-z]+) (?:\[|<| )/gm)].map(([, name]) => name!);
    expect(names).toHaveLength(14);
    for (const name of names) {
      const help = await dag(name, '--help');
      expect({ code: help.code, stderr: help.stderr }).toEqual({ code: 0, stderr: '' });
      expect(help.stdout).toContain(`Usage: tidemark dag ${name}`);
    }
  });
});
