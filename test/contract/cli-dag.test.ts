/** Owns the contract of the DAG commands on a real server, with a worker and without. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findTemporal } from '../../src/local/programs/find-temporal.js';
import {
  startTemporalDevServer,
  type TemporalDevServer,
} from '../../src/local/temporal/temporal-dev-server.js';
import type { DagRunView } from '../../src/scheduling/dag-run-input.js';
import { runCli, type CliEnd } from '../support/run-cli.js';
import { CLI } from '../support/running-up.js';
import { until } from '../support/until.js';

jest.setTimeout(600_000);

const COPY = `import { existsSync } from 'node:fs';
import { dag } from 'tidemark';
import { z } from 'zod';

/** One item fails until the file \`mended\` is there. */
export default dag(
  'copy_all',
  { pools: { disk: 2 }, params: z.object({ count: z.number().int().default(3) }) },
  (d) => {
    const list = d.task('list', async (_: object, run): Promise<number[]> =>
      Array.from({ length: run.params.count }, (_item, at) => at),
    );
    const copy = d.task(
      'copy',
      async (input: { n: number }): Promise<number> => {
        if (input.n === 1 && !existsSync('mended')) throw new Error('disk full');
        return input.n;
      },
      { pool: 'disk' },
    );
    const report = d.task('report', async (input: { all: number[] }) => input.all.length);
    report({ all: copy.map({ n: list({}) }) });
  },
);
`;
const HOURLY = `import { dag, every } from 'tidemark';
export default dag('hourly', { schedule: every('1h') }, (d) => {
  d.task('tick', async () => undefined)({});
});
`;
const SLOW = `import { existsSync } from 'node:fs';
import { dag } from 'tidemark';
export default dag('slow', {}, (d) => {
  const there = d.sensor('there', async () => existsSync('never'), { pokeInterval: '1s' });
  d.task('after', async () => undefined)({}).after(there({}));
});
`;

let directory: string;
let server: TemporalDevServer;
let worker: ChildProcess | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-cli-dag-'));
  await mkdir(join(directory, 'dags'));
  await writeFile(join(directory, 'dags/copy.ts'), COPY);
  await writeFile(join(directory, 'dags/hourly.ts'), HOURLY);
  await writeFile(join(directory, 'dags/slow.ts'), SLOW);
  server = await startTemporalDevServer({
    program: await findTemporal(() => undefined),
    databaseFile: join(directory, 'temporal.db'),
    logFile: join(directory, 'temporal.log'),
    port: 0,
    uiPort: 0,
    namespace: 'default',
  });
});
afterAll(async () => {
  await stopWorker();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

function environment(): Record<string, string> {
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    TEMPORAL_ADDRESS: server.address,
    TIDEMARK_TEMPORAL_WEB: server.webUrl,
    TIDEMARK_RESULTS: 'file:results',
  };
}

function dag(...args: string[]): Promise<CliEnd> {
  return runCli(directory, ['dag', ...args], environment());
}

async function asJson<T>(...args: string[]): Promise<T> {
  const { stdout, stderr } = await dag(...args, '--json');
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

async function startWorker(): Promise<void> {
  worker = spawn(process.execPath, [CLI, 'worker', '--json'], {
    cwd: directory,
    env: { ...process.env, ...environment(), NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: worker.stdout! });
  const ended = new Promise<never>((_resolve, reject) => {
    worker?.once('close', (code) => {
      reject(new Error(`the worker ended with ${String(code)}`));
    });
  });
  ended.catch(() => undefined);
  const line = await Promise.race([
    new Promise<string>((resolve) => lines.once('line', resolve)),
    ended,
  ]);
  expect(JSON.parse(line)).toMatchObject({ event: 'ready', dags: ['copy_all', 'hourly', 'slow'] });
}

async function stopWorker(): Promise<void> {
  const child = worker;
  worker = undefined;
  if (child === undefined) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  await ended;
}

interface Shown {
  readonly execution: string;
  readonly view: DagRunView;
}

const shown = (name: string, run: string): Promise<Shown> => asJson<Shown>('show', name, run);

describe('before a worker ever ran', () => {
  test('nothing is deployed, and every command says what to do', async () => {
    const listed = await dag('list');
    expect(listed.stdout).toMatch(/^copy_all +by hand +no +dags\/copy\.ts$/m);
    for (const args of [
      ['trigger', 'copy_all'],
      ['pause', 'hourly'],
      ['runs', 'slow'],
    ]) {
      const { code, stdout, stderr } = await dag(...args);
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toBe(
        `tidemark: DAG ${args[1]!} is not deployed.\n  A worker deploys the DAGs it serves: start \`tidemark worker\` where their files are.\n`,
      );
    }
    expect((await dag('pools')).stdout).toBe('No pool: DAGs declare them by `pools`.\n');
  });
});

describe('with a worker', () => {
  beforeAll(startWorker);

  test('a run that fails: followed, listed, shown, mended, retried', async () => {
    const failed = await dag('trigger', 'copy_all', '--run-id', 'first', '--wait');
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/^copy_all first started\n {2}http/);
    expect(failed.stdout).toMatch(/^copy failed /m);
    expect(failed.stdout).toMatch(/^copy_all failed after /m);

    const runs = await dag('runs', 'copy_all');
    expect(runs.stdout).toMatch(/^first +failed +manual /m);
    expect(runs.stdout).toContain('✗ copy[1], attempt 1: disk full\n');
    const page = `${server.webUrl}/namespaces/default/workflows/tidemark%2Fdag%2Fcopy_all`;
    expect(runs.stdout).toContain(page);

    const { stdout } = await dag('show', 'copy_all', 'latest');
    expect(stdout).toMatch(/^┘ ● {2}✗ copy\[ \] +failed +← list$/m);
    expect(stdout).toMatch(/^copy +failed +1 +2\/3, 1 failed /m);
    expect(stdout).toContain('✗ copy[1], attempt 1: disk full\n');

    await writeFile(join(directory, 'mended'), '');
    const retried = await dag('retry', 'copy_all', 'first');
    expect(retried.stdout).toContain(
      'copy_all first retries what failed: the run had ended, and goes on\n',
    );
    await until(async () => (await shown('copy_all', 'first')).view.status === 'success');
    const { view } = await shown('copy_all', 'first');
    const attempts = view.tasks.map(({ id, attempt }) => `${id} ${attempt}`);
    // What stood is kept: only the item that failed ran again.
    expect(attempts).toEqual(['list 1', 'copy 2', 'report 1']);
  });

  test('clear and mark, on a run that has ended', async () => {
    expect(await dag('trigger', 'copy_all', '--run-id', 'second', '--wait')).toMatchObject({
      code: 0,
    });
    const typo = await dag('clear', 'copy_all', 'second', 'cpy');
    expect(typo).toMatchObject({
      code: 4,
      stderr:
        'tidemark: Run second of copy_all has no task cpy.\n  Did you mean "copy"? Its tasks: list, copy, report.\n',
    });
    const useless = await dag('retry', 'copy_all', 'second');
    expect(useless.code).toBe(2);
    expect(useless.stderr).toContain('Run second has ended as success; no task of it failed.');

    const cleared = await dag(
      'clear',
      'copy_all',
      'second',
      'copy',
      '--index',
      '2',
      '--downstream',
    );
    expect(cleared.stdout).toMatch(/^copy_all second copy \[2\] cleared: /);
    await until(async () => {
      const { view } = await shown('copy_all', 'second');
      return (
        view.status === 'success' &&
        view.tasks.every(({ attempt }, at) => attempt === [1, 2, 2][at])
      );
    });
    const marked = await dag('mark', 'copy_all', 'second', 'report', 'failed');
    expect(marked.code).toBe(0);
    await until(async () => (await shown('copy_all', 'second')).view.status === 'failed');
  });

  test('a run under way is told: marked, then cancelled', async () => {
    await dag('trigger', 'slow', '--run-id', 'one');
    await dag('trigger', 'slow', '--run-id', 'two');
    for (const run of ['one', 'two']) {
      await until(async () => {
        const state = (await shown('slow', run)).view.tasks[0]?.state;
        return state === 'running' || state === 'up_for_reschedule';
      });
    }
    const marked = await dag('mark', 'slow', 'one', 'there', 'success', '--output', 'true');
    expect(marked.stdout).toMatch(/^slow one there marked as success\n/);
    await until(async () => (await shown('slow', 'one')).view.status === 'success');
    expect((await dag('cancel', 'slow', 'two')).stdout).toMatch(/^slow two is being cancelled\n/);
    await until(async () => (await shown('slow', 'two')).view.status === 'cancelled');
  });

  test('params are checked before anything is sent', async () => {
    const { code, stderr } = await dag('trigger', 'copy_all', '--params', '{"count": "many"}');
    expect(code).toBe(2);
    expect(stderr).toContain('tidemark: params.count: ');
    const runs = await asJson<readonly { runId: string }[]>('runs', 'copy_all');
    expect(runs.map(({ runId }) => runId)).toEqual(['second', 'first']);
  });

  test('pause and unpause', async () => {
    expect((await dag('pause', 'hourly')).stdout).toBe('hourly paused\n');
    expect((await dag('pause', 'hourly')).stdout).toBe('hourly already paused\n');
    expect((await dag('list')).stdout).toMatch(/^hourly +every 1h +paused /m);
    expect((await dag('unpause', 'hourly')).stdout).toBe('hourly runs\n');
  });

  test('a backfill: what it would run, what it runs, and nothing twice', async () => {
    const range = ['hourly', '--from', '2026-01-01', '--to', '2026-01-01T02:00:00Z'];
    const planned = await dag('backfill', ...range, '--dry-run');
    expect(planned.stdout).toBe(
      'hourly would run 2 intervals, 4 at once (UTC)\n  2026-01-01 00:00 → 01:00\n  2026-01-01 01:00 → 02:00\n',
    );
    const started = await dag('backfill', ...range, '--backwards');
    expect(started.stdout).toMatch(
      /^hourly runs 2 intervals.*\n.* 01:00 → 02:00\n.* 00:00 → 01:00\n/,
    );
    await until(async () => {
      const runs = await asJson<readonly { runId: string; status: string }[]>('runs', 'hourly');
      return ['2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z'].every((id) =>
        runs.some(({ runId, status }) => runId === id && status === 'success'),
      );
    });
    expect((await dag('backfill', ...range)).stdout).toMatch(
      /^hourly has nothing to run .*\nleft out: 2\n/,
    );
    const byHand = await dag('backfill', 'slow', '--from', '2026-01-01', '--to', '2026-01-02');
    expect(byHand.code).toBe(2);
  });

  test('pools: slots, and a guess for a typo', async () => {
    expect((await dag('pools')).stdout).toMatch(/^disk +0\/2 +0 +0$/m);
    expect((await dag('pools', 'disk')).stdout).toBe('disk 0 of 2 slots taken, 0 waiting\n');
    const typo = await dag('pools', 'dsk');
    expect(typo).toMatchObject({
      code: 4,
      stderr: 'tidemark: There is no pool dsk.\n  Did you mean "disk"?\n',
    });
  });

  test('names that are not there', async () => {
    expect((await dag('runs', 'copy_al')).stderr).toContain('Did you mean "copy_all"?');
    const noRun = await dag('show', 'copy_all', 'third');
    expect(noRun.code).toBe(4);
    expect(noRun.stderr).toContain('DAG copy_all has no run third.');
    expect(noRun.stderr).toContain('The latest are: second, first.');
    expect((await dag('show', 'hourly', '2026-01-01')).stderr).toContain(
      '2 runs of hourly begin with 2026-01-01.',
    );
  });
});

describe('once the worker is gone', () => {
  beforeAll(stopWorker);

  test('nothing hangs: it is said what Temporal knows, and that no worker answers', async () => {
    const silence = 'No worker of task queue "tidemark-dags" answered';
    for (const args of [['list'], ['runs', 'copy_all'], ['show', 'copy_all', 'first'], ['pools']]) {
      const { code, stderr } = await dag(...args);
      expect({ args, code }).toEqual({ args, code: 0 });
      expect(stderr).toContain(silence);
    }
    for (const args of [
      ['trigger', 'slow'],
      ['retry', 'copy_all', 'second'],
      ['pause', 'slow'],
    ]) {
      const { code, stderr } = await dag(...args);
      expect({ args, code }).toEqual({ args, code: 3 });
      expect(stderr).toContain(silence);
    }
  });
});
