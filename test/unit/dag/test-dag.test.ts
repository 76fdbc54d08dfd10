/** Owns whole DAGs run in process: the semantics as an author meets them. */

import { describe, expect, test } from '@jest/globals';
import { chain, dag, testDag, type Outcome } from '../../../src/dag/index.js';

const statesOf = (run: Awaited<ReturnType<typeof testDag>>) =>
  Object.fromEntries(Object.entries(run.tasks).map(([id, task]) => [id, task.state]));

interface Spec {
  readonly table: string;
}

const daily = dag(
  'orders_daily',
  { params: { parse: (input: unknown) => input as { readonly tables: readonly string[] } } },
  (d) => {
    const list = d.task('list', async (_: object, run) =>
      run.params.tables.map((table): Spec => ({ table })),
    );
    const copy = d.task('copy', async (a: { spec: Spec; mode: 'full' | 'window' }) => ({
      table: a.spec.table,
      mode: a.mode,
    }));
    const report = d.task(
      'report',
      async (a: { copied: Outcome<{ table: string; mode: string }[]> }) =>
        a.copied.state === 'success' ? a.copied.value.map(({ table }) => table) : a.copied.state,
      { triggerRule: 'all_done' },
    );
    const copied = copy
      .partial({ mode: 'window' })
      .map({ spec: list() }, { maxActive: 2, key: (a) => a.spec.table });
    report({ copied });
  },
);

describe('a mapped DAG', () => {
  test('passes values along, in the order of the items', async () => {
    const run = await testDag(daily, { params: { tables: ['a', 'b', 'c'] } });
    expect(run.status).toBe('success');
    expect(run.outputs).toEqual({
      list: [{ table: 'a' }, { table: 'b' }, { table: 'c' }],
      copy: ['a', 'b', 'c'].map((table) => ({ table, mode: 'window' })),
      report: ['a', 'b', 'c'],
    });
    expect(run.order).toEqual(['list', 'copy[0]', 'copy[1]', 'copy[2]', 'report']);
  });

  test('is skipped when there is nothing to map over', async () => {
    const run = await testDag(daily, { params: { tables: [] } });
    expect(statesOf(run)).toEqual({ list: 'success', copy: 'skipped', report: 'success' });
    expect(run.outputs['report']).toBe('skipped');
  });

  test('fails as a whole when an item does', async () => {
    const run = await testDag(daily, {
      params: { tables: ['a', 'b'] },
      outcomes: { copy: ({ mapIndex }) => (mapIndex === 1 ? { fail: 'no' } : 'run') },
    });
    expect(statesOf(run)).toEqual({ list: 'success', copy: 'failed', report: 'success' });
    expect(run.outputs['report']).toBe('failed');
    expect(run.tasks['copy']?.items?.failures).toEqual([
      { mapIndex: 1, attempt: 1, error: { message: 'no', type: 'Scripted' } },
    ]);
  });

  test('keeps to maxActive', async () => {
    const run = await testDag(daily, {
      params: { tables: ['a', 'b', 'c', 'd', 'e'] },
      durations: { copy: '10s' },
    });
    expect(run.elapsedMs).toBe(30_000);
  });
});

describe('retries', () => {
  const flaky = dag('flaky', {}, (d) => {
    d.task('work', async () => 'done', {
      retries: 3,
      retryDelay: '1m',
      retryExponentialBackoff: true,
      maxRetryDelay: '3m',
      onRetry: async () => {},
      onFailure: async () => {},
    })();
  });

  test('wait longer each time, up to the maximum', async () => {
    const run = await testDag(flaky, { outcomes: { work: { fail: 'no' } } });
    expect(run.status).toBe('failed');
    expect(run.tasks['work']).toMatchObject({ state: 'failed', attempt: 4 });
    expect(run.elapsedMs).toBe((1 + 2 + 3) * 60_000);
    const callbacks = run.trace
      .filter(({ what }) => what === 'callback')
      .map((entry) => entry.subject);
    const retry = 'flaky.work:onRetry';
    expect(callbacks).toEqual([retry, retry, retry, 'flaky.work:onFailure']);
  });

  test('end with the first success', async () => {
    const run = await testDag(flaky, { outcomes: { work: [{ fail: 'no' }, { success: 'yes' }] } });
    expect(run.status).toBe('success');
    expect(run.tasks['work']).toMatchObject({ attempt: 2, state: 'success' });
    expect(run.tasks['work']?.error).toBeUndefined();
  });

  test('are not for what cannot be mended', async () => {
    const run = await testDag(flaky, { outcomes: { work: { fail: 'no', retryable: false } } });
    expect(run.tasks['work']?.attempt).toBe(1);
  });
});

describe('branches', () => {
  const branching = dag('branching', {}, (d) => {
    const small = d.task('small', async () => 1)();
    const big = d.task('big', async () => 2)();
    const join = d.task('join', async () => 3, { triggerRule: 'none_failed_min_one_success' })();
    chain([small, big], [join, join]);
    const size = d.task('size', async () => 20)();
    d.branch('pick', async (a: { n: number }) => (a.n > 10 ? 'big' : 'small'), {
      small,
      big,
      out: join,
    })({
      n: size,
    });
  });

  test('skip what is not chosen, and not what lies behind the chosen one', async () => {
    const run = await testDag(branching);
    expect(statesOf(run)).toEqual({
      size: 'success',
      pick: 'success',
      small: 'skipped',
      big: 'success',
      join: 'success',
    });
  });

  test('can choose nothing', async () => {
    const run = await testDag(branching, { outcomes: { pick: { success: null } } });
    expect(statesOf(run)).toMatchObject({ small: 'skipped', big: 'skipped', join: 'skipped' });
    expect(run.status).toBe('success');
  });

  test('fail on a label they do not have', async () => {
    const run = await testDag(branching, { outcomes: { pick: { success: 'huge' } } });
    expect(run.tasks['pick']?.error?.message).toContain('no choice it has');
    expect(statesOf(run)).toMatchObject({ small: 'upstream_failed', join: 'upstream_failed' });
  });
});

describe('a short-circuit', () => {
  const gated = (ignore: boolean) =>
    dag('gated', {}, (d) => {
      const gate = d.shortCircuit('gate', async () => false, {
        ignoreDownstreamTriggerRules: ignore,
      })();
      const next = d
        .task('next', async () => 1)()
        .after(gate);
      d.task('after', async () => 1, { triggerRule: 'all_done' })().after(next);
    });

  test('skips everything downstream', async () => {
    expect(statesOf(await testDag(gated(true)))).toEqual({
      gate: 'success',
      next: 'skipped',
      after: 'skipped',
    });
  });

  test('skips only what is directly downstream when told to respect rules', async () => {
    expect(statesOf(await testDag(gated(false)))).toEqual({
      gate: 'success',
      next: 'skipped',
      after: 'success',
    });
  });
});

describe('a sensor', () => {
  const sensing = (softFail: boolean) =>
    dag('sensing', {}, (d) => {
      const wait = d.sensor('wait', async () => null as string | null, {
        pokeInterval: '10m',
        timeout: '1h',
        softFail,
      });
      d.task('use', async (a: { file: string }) => a.file)({ file: wait() });
    });

  test('looks until it finds, and hands on what it found', async () => {
    const notYet = { notYet: true } as const;
    const run = await testDag(sensing(false), {
      outcomes: { wait: [notYet, notYet, { success: 'file' }] },
    });
    expect(run.outputs['use']).toBe('file');
    expect(run.elapsedMs).toBe(20 * 60_000);
    expect(run.tasks['wait']?.attempt).toBe(1);
  });

  test.each([
    [false, 'failed', 'upstream_failed'],
    [true, 'skipped', 'skipped'],
  ])('gives up after its timeout (softFail %s)', async (softFail, wait, use) => {
    const run = await testDag(sensing(softFail));
    expect(statesOf(run)).toEqual({ wait, use });
    expect(run.elapsedMs).toBe(70 * 60_000);
  });
});

describe('setup and teardown', () => {
  const clustered = dag('clustered', {}, (d) => {
    const make = d.setup('make', async () => 'cluster-1')();
    const work = d.task('work', async (a: { cluster: string }) => a.cluster)({ cluster: make });
    const more = d
      .task('more', async () => 1, { triggerRule: 'all_done' })()
      .after(work);
    const drop = d.teardown(
      'drop',
      async (a: { cluster: Outcome<string> }) =>
        a.cluster.state === 'success' ? a.cluster.value : null,
      { setups: make },
    );
    drop({ cluster: make }).after(more);
  });

  test('the teardown runs after a failure and does not count', async () => {
    const run = await testDag(clustered, {
      outcomes: { more: { fail: 'no' }, drop: { fail: 'no' } },
    });
    expect(statesOf(run)).toEqual({
      make: 'success',
      work: 'success',
      more: 'failed',
      drop: 'failed',
    });
    expect(run.status).toBe('failed');
    const only = await testDag(clustered, { outcomes: { drop: { fail: 'no' } } });
    expect(only.status).toBe('success');
  });

  test('a failed setup stops all around it, even under a rule that would not mind', async () => {
    const run = await testDag(clustered, { outcomes: { make: { fail: 'no' } } });
    expect(statesOf(run)).toEqual({
      make: 'failed',
      work: 'upstream_failed',
      more: 'upstream_failed',
      drop: 'upstream_failed',
    });
  });

  test('cancelling still tears down', async () => {
    const run = await testDag(clustered, {
      durations: { work: '1h' },
      operations: [{ after: '10m', operation: { type: 'cancel' } }],
    });
    expect(statesOf(run)).toEqual({
      make: 'success',
      work: 'failed',
      more: 'skipped',
      drop: 'success',
    });
    expect(run.status).toBe('cancelled');
  });
});

describe('limits', () => {
  test('pools hold their slots, the more urgent first', async () => {
    const pooled = dag('pooled', { pools: { exports: 2 } }, (d) => {
      d.task('low', async () => 1, { pool: 'exports' })();
      d.task('wide', async () => 1, { pool: 'exports', poolSlots: 2 })();
      d.task('high', async () => 1, { pool: 'exports', priority: 9 })();
    });
    const run = await testDag(pooled, { durations: { low: '1m', wide: '1m', high: '1m' } });
    expect(run.order).toEqual(['high', 'low', 'wide']);
    expect(run.elapsedMs).toBe(120_000);
  });

  test('a task that depends on the past waits for it', async () => {
    const past = dag('past', {}, (d) => {
      d.task('work', async () => 1, { dependsOnPast: true })();
    });
    expect((await testDag(past)).status).toBe('success');
    expect((await testDag(past, { previous: { work: 'failed' } })).status).toBe('running');
    expect((await testDag(past, { previous: { work: 'skipped' } })).status).toBe('success');
  });

  test('a deadline calls back once it is missed', async () => {
    const late = dag('late', { deadline: { after: '5m', onMissed: async () => {} } }, (d) => {
      d.task('slow', async () => 1)();
    });
    const callbacks = async (took: '1m' | '10m') =>
      (await testDag(late, { durations: { slow: took } })).trace.filter(
        ({ what }) => what === 'callback',
      );
    expect(await callbacks('1m')).toEqual([]);
    expect(await callbacks('10m')).toMatchObject([{ atMs: 300_000, subject: 'late:onMissed' }]);
  });

  test('an attempt that takes too long has failed', async () => {
    const slow = dag('slow', {}, (d) => {
      d.task('work', async () => 1, { executionTimeout: '5m', retries: 1, retryDelay: '1m' })();
    });
    const run = await testDag(slow, {
      durations: { work: ({ attempt }) => (attempt === 1 ? '10m' : '1m') },
    });
    expect(run.status).toBe('success');
    expect(run.elapsedMs).toBe(7 * 60_000);
  });
});

describe('many items', () => {
  const wide = (shardSize: number | undefined) =>
    dag('wide', {}, (d) => {
      const list = d.task('list', async () => Array.from({ length: 10_000 }, (_, n) => n))();
      const double = d
        .task('double', async (a: { n: number }) => a.n * 2)
        .map({ n: list }, { maxActive: 50, ...(shardSize === undefined ? {} : { shardSize }) });
      d.task('sum', async (a: { all: number[] }) => a.all.reduce((sum, n) => sum + n, 0))({
        all: double,
      });
    });

  test.each([undefined, 300])('all run, in order (shards of %s)', async (shardSize) => {
    const run = await testDag(wide(shardSize));
    expect(run.outputs['sum']).toBe(9_999 * 10_000);
    expect(run.tasks['double']?.items).toMatchObject({ count: 10_000, success: 10_000 });
  });
});

test('each step is told as it happens, and what bodies log', async () => {
  const said: string[] = [];
  const sample = dag('sample', {}, (d) => {
    const list = d.task('list', async (_: object, run) => {
      run.logger.info('looking', { at: run.attempt });
      return [1, 2];
    });
    const each = d.task('each', async (_: { n: number }, run) => {
      run.logger.warn('odd');
    });
    each.map({ n: list({}) });
  });
  const say = (subject: string, level: string) => (message: string) => {
    said.push(`${subject} ${level}: ${message}`);
  };
  const { trace } = await testDag(sample, {
    onStep: ({ what, subject }) => said.push(`${subject} ${what}`),
    loggerOf: (subject) => ({
      info: say(subject, 'info'),
      warn: say(subject, 'warn'),
      error: say(subject, 'error'),
    }),
  });
  expect(said.slice(0, 3)).toEqual(['list started', 'list info: looking', 'list succeeded']);
  expect(said).toContain('each[1] warn: odd');
  const steps = said.filter((line) => !line.includes(':'));
  expect(steps).toEqual(trace.map(({ what, subject }) => `${subject} ${what}`));
});
