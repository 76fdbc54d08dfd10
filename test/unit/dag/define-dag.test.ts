/** Owns the errors of DAGs that cannot be: each names the line that is to blame. */

import { describe, expect, test } from '@jest/globals';
import { TidemarkError } from '../../../src/core/errors.js';
import {
  bodiesOf,
  canonicalJson,
  chain,
  compile,
  cron,
  dag,
  every,
  graphHash,
  lake,
  or,
  type DagBuilder,
  type NoParams,
} from '../../../src/dag/index.js';
import { siteOf } from '../../../src/dag/authoring/call-site.js';

type Build = (d: DagBuilder<NoParams, 'exports'>) => void;

function errorOf(build: Build): TidemarkError {
  try {
    dag('bad', { pools: { exports: 2 } }, build);
  } catch (error) {
    if (error instanceof TidemarkError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const nothing = async (): Promise<void> => {};

describe('a DAG that cannot be', () => {
  const cases: readonly (readonly [string, RegExp, Build])[] = [
    [
      'a cycle',
      /wait for each other: a → b → c → a/,
      (d) => {
        const a = d.task('a', nothing)();
        const b = d.task('b', nothing)().after(a);
        const c = d.task('c', nothing)().after(b);
        a.after(c);
      },
    ],
    ['a task that waits for itself', /wait for each other: a → a/, (d) => void selfish(d)],
    [
      'an id used twice',
      /'a' is declared twice, first at .*define-dag\.test\.ts:\d+/,
      (d) => {
        d.task('a', nothing)();
        d.task('a', nothing)();
      },
    ],
    ['an id that is no name', /'a b' is no name/, (d) => void d.task('a b', nothing)()],
    [
      'an unknown pool',
      /unknown pool 'imports'/,
      (d) => void d.task('a', nothing, { pool: 'imports' as 'exports' })(),
    ],
    [
      'more slots than the pool has',
      /needs 3 slots of pool 'exports', which has 2/,
      (d) => void d.task('a', nothing, { pool: 'exports', poolSlots: 3 })(),
    ],
    [
      'a map over its limit',
      /maps over 6 items; its limit is 5/,
      (d) =>
        void d
          .task('a', async (a: { n: number; m: number }) => a.n + a.m)
          .map({ n: [1, 2, 3], m: [1, 2] }, { limit: 5 }),
    ],
    [
      'a key that computes',
      /key of task 'a' does more than read/,
      (d) =>
        void d
          .task('a', async (a: { n: string }) => a.n)
          .map({ n: ['x'] }, { key: (a) => a.n.toUpperCase() }),
    ],
    [
      'a teardown of no setup',
      /names no setup/,
      (d) => void d.teardown('a', nothing, { setups: [] as never })(),
    ],
    [
      'a teardown of a task',
      /names no setup/,
      (d) => void d.teardown('a', nothing, { setups: d.task('b', nothing)() as never })(),
    ],
    [
      'a definition that is not called',
      /'a' is declared but not in the graph/,
      (d) => void d.task('a', nothing),
    ],
    [
      'a definition that is called twice',
      /'a' is called twice/,
      (d) => {
        const a = d.task('a', nothing);
        a();
        a();
      },
    ],
    [
      'a bad duration',
      /retryDelay of '5 minutes'/,
      (d) => void d.task('a', nothing, { retryDelay: '5 minutes' as '5m' })(),
    ],
    ['bad retries', /has retries -1/, (d) => void d.task('a', nothing, { retries: -1 })()],
    [
      'a local task in a pool',
      /is local and in a pool/,
      (d) => void d.task('a', nothing, { local: true, pool: 'exports' })(),
    ],
    [
      'a constant that JSON cannot carry',
      /neither a task's output nor a JSON constant/,
      (d) => void d.task('a', async (a: { at: Date }) => a.at.getTime())({ at: new Date(0) }),
    ],
    [
      'a task behind a branch that never leads there',
      /'c' waits for branch 'pick', which never leads to it/,
      (d) => {
        const a = d.task('a', nothing)();
        const pick = d.branch('pick', async () => 'a' as const, { a })();
        d.task('c', nothing)().after(pick);
      },
    ],
    [
      'lists of two lengths in a chain',
      /cannot join a list of 2 to a list of 1/,
      (d) => {
        const [a, b, c] = ['a', 'b', 'c'].map((id) => d.task(id, nothing)());
        chain([a!, b!], [c!]);
      },
    ],
  ];

  test.each(cases)('%s', (_name, message, build) => {
    const error = errorOf(build);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/\(.*define-dag\.test\.ts:\d+\)$/);
    expect(error.hint).toBeDefined();
    expect(error.retryable).toBe(false);
  });

  test('a ref of another DAG', () => {
    let other: ReturnType<ReturnType<DagBuilder<NoParams, never>['task']>> | undefined;
    dag('other', {}, (d) => {
      other = d.task('o', nothing)();
    });
    expect(errorOf((d) => void d.task('a', nothing)().after(other!)).message).toContain(
      "belongs to DAG 'other'",
    );
  });

  test.each([
    ['0 6 * *', /has 4 fields/],
    ['0 24 * * *', /hour '24'/],
    ['0 0 30 2 *', /no day ever matches/],
    ['5-1 * * * *', /minute '5-1'/],
    ['*/0 * * * *', /minute '\*\/0'/],
  ])('the schedule %s', (expression, message) => {
    const define = (): unknown =>
      dag('x', { schedule: cron(expression) }, (d) => void d.task('a', nothing)());
    expect(define).toThrow(message);
    expect(define).toThrow(/define-dag\.test\.ts:\d+/);
  });

  test('a time zone that is not known, an interval that is too short, catchup from nowhere', () => {
    const define =
      (options: Parameters<typeof dag>[1]): (() => unknown) =>
      () =>
        dag('x', options, (d) => void d.task('a', nothing)());
    expect(define({ schedule: cron('0 0 * * *', { timezone: 'Mars/Olympus' }) })).toThrow(
      /not known/,
    );
    expect(define({ schedule: every('1ms') })).toThrow(/whole seconds/);
    expect(define({ schedule: every('1h'), catchup: true })).toThrow(/no startDate/);
    expect(define({ startDate: 'yesterday' })).toThrow(/is no time/);
    expect(define({ deadline: { after: 'soon' as '1h', onMissed: nothing } })).toThrow(
      /no duration/,
    );
  });
});

function selfish(d: DagBuilder<NoParams, 'exports'>): unknown {
  const a = d.task('a', nothing)();
  return a.after(a);
}

describe('a graph', () => {
  const define = () =>
    dag(
      'orders',
      { schedule: or(lake('orders'), lake('items')), defaults: { retries: 2 }, onFailure: nothing },
      (d) => {
        const load = d.group('load', (g) => {
          const list = g.task('list', async () => [{ table: 'a' }])();
          const copy = g
            .task(
              'copy',
              async (a: { spec: { table: string }; mode: string }) => a.spec.table + a.mode,
              {
                onRetry: nothing,
                outlets: [lake('copied')],
              },
            )
            .map({ spec: list, mode: ['full'] }, { key: (a) => `${a.spec.table}-${a.mode}` });
          return { copy };
        });
        d.task('after', nothing, { retries: 0 })().after(load);
        d.task('before', nothing)().before(load);
      },
    );

  test('is frozen JSON, the same each time, and so is its hash', () => {
    const one = compile(define());
    expect(JSON.parse(JSON.stringify(one))).toEqual(one);
    expect(Object.isFrozen(one.tasks[0]?.upstream)).toBe(true);
    expect(graphHash(one)).toBe(graphHash(compile(define())));
    expect(graphHash(one)).toMatch(/^[0-9a-f]{64}$/);
    const backwards = Object.fromEntries(Object.entries(one).reverse());
    expect(canonicalJson(backwards)).toBe(canonicalJson(one));
  });

  test('has each task after its upstreams, defaults filled in, groups joined by first and last', () => {
    const { tasks, groups, schedule } = compile(define());
    expect(tasks.map(({ id, upstream }) => [id, upstream])).toEqual([
      ['before', []],
      ['load.list', ['before']],
      ['load.copy', ['load.list']],
      ['after', ['load.copy']],
    ]);
    expect(groups).toEqual(['load']);
    expect(schedule).toMatchObject({ kind: 'assets' });
    expect(tasks[2]).toMatchObject({
      body: 'orders.load.copy',
      retries: 2,
      retryDelayMs: 300_000,
      outlets: ['lake/copied'],
      map: { key: '{spec.table}-{mode}', limit: 10_000, maxActive: 16, offset: 0 },
    });
    expect(tasks[3]?.retries).toBe(0);
  });

  test('keeps its bodies apart, by name', () => {
    expect(Object.keys(bodiesOf(define())).sort()).toEqual([
      'orders.after',
      'orders.before',
      'orders.load.copy',
      'orders.load.copy:onRetry',
      'orders.load.list',
      'orders:onFailure',
    ]);
  });
});

test.each([
  ['Error\n    at Object.<anonymous> (/repo/dags/a.ts:3:5)', '/repo/dags/a.ts:3'],
  ['Error\n    at file:///repo/dags/a.ts:12:1', '/repo/dags/a.ts:12'],
  ['Error\n    at build (C:\\dags\\a.ts:7:2)', 'C:\\dags\\a.ts:7'],
  ['Error\n    at node:internal/process:1:2\n    at run (/a.ts:1:1)', '/a.ts:1'],
  ['Error\n    at <anonymous>', undefined],
  ['', undefined],
  [undefined, undefined],
])('the line of the stack %j is %s', (stack, site) => {
  expect(siteOf(stack)).toBe(site);
});
