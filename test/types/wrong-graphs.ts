/**
 * Owns graphs that must not compile. Each says what is wrong with it; what the compiler says of it is
 * in wrong-graphs.txt, to be read.
 */
/* eslint-disable @typescript-eslint/no-unsafe-return -- a body is async, whether it waits or not; what does not compile has no type */
import { chain, dag, lake, type Outcome } from '../../src/dag/index.js';

interface Spec {
  readonly table: string;
}
interface Copied {
  readonly table: string;
  readonly rows: number;
}

dag('good', { pools: { exports: 4 }, params: { parse: () => ({ day: '2026-01-01' }) } }, (d) => {
  const list = d.task('list', async () => [{ table: 'a' }]);
  const copy = d.task(
    'copy',
    async (a: { spec: Spec; mode: 'full' | 'window' }): Promise<Copied> => ({
      table: a.spec.table + a.mode,
      rows: 1,
    }),
  );
  const count = d.task('count', async (a: { n: number; note?: string }) => a.n);
  const specs = list();
  const copied = copy.partial({ mode: 'full' }).map({ spec: specs });
  const one = d.task('one', async () => 1)();
  const small = d.task('small', async () => 1)();
  const big = d.task('big', async () => 2)();
  const made = d.setup('made', async () => 'cluster')();

  // @ts-expect-error: an upstream produces a list, the body takes one
  copy({ spec: specs, mode: 'full' });

  // @ts-expect-error: an upstream produces a number, the body takes a string
  d.task('c2', async (a: { name: string }) => a.name)({ name: one });

  const row = d.task('row', async (a: { row: { id: number; at: string } }) => a.row);
  const bare = d.task('bare', async () => ({ id: 1 }))();
  // @ts-expect-error: an upstream lacks a property that the body takes
  row({ row: bare });

  // @ts-expect-error: a constant is none of the allowed ones
  copy({ spec: { table: 'a' }, mode: 'fulll' });

  // @ts-expect-error: a constant of the wrong type
  count({ n: '7' });

  // @ts-expect-error: an input is missing
  copy({ mode: 'full' });

  // @ts-expect-error: all inputs are missing
  count();

  // @ts-expect-error: an input that the body does not have
  count({ n: 1, m: 2 });

  // @ts-expect-error: an input for a body that takes none
  list({ day: 'today' });

  // @ts-expect-error: a ref inside a constant
  copy({ spec: { table: one }, mode: 'full' });

  // @ts-expect-error: a definition is given where its call is meant
  count({ n: count });

  // @ts-expect-error: all_done, but the body takes no skip or failure
  d.task('c12', async (a: { n: number }) => a.n, { triggerRule: 'all_done' })({ n: one });

  type Won = { state: 'success'; value: number };
  const c13 = d.task('c13', async (a: { n: Won }) => a.n, { triggerRule: 'none_failed' });
  // @ts-expect-error: none_failed, but the body takes no skip
  c13({ n: one });

  const c14 = d.task('c14', async (a: { n: Outcome<number> }) => a.n, {
    triggerRule: 'one_success',
  });
  // @ts-expect-error: one_success, but the body takes no upstream that is not done
  c14({ n: one });

  // @ts-expect-error: all_success, but the body takes an outcome
  d.task('c15', async (a: { n: Outcome<number> }) => a.n)({ n: one });

  // @ts-expect-error: the outcome is of another type
  d.task('c16', async (a: { n: Outcome<string> }) => a.n, { triggerRule: 'all_done' })({ n: one });

  // @ts-expect-error: all_failed, but the body takes a value
  d.task('c17', async (a: { n: number }) => a.n, { triggerRule: 'all_failed' })({ n: one });

  // @ts-expect-error: a rule that does not exist
  d.task('c18', async () => 1, { triggerRule: 'all_dnoe' });

  // @ts-expect-error: the rule of teardowns on a task
  d.task('c19', async () => 1, { triggerRule: 'all_done_setup_success' });

  // @ts-expect-error: a mapped task's list where one item is meant
  d.task('c20', async (a: { copied: Copied }) => a.copied)({ copied });

  // @ts-expect-error: mapping over what is no list
  count.map({ n: one });

  // @ts-expect-error: mapping over items of another type
  count.map({ n: specs });

  // @ts-expect-error: mapping over constants of another type
  count.map({ n: ['a', 'b'] });

  // @ts-expect-error: a map leaves an input without a value
  copy.map({ spec: specs });

  // @ts-expect-error: partial gives an input that the body does not have
  copy.partial({ speed: 3 });

  // @ts-expect-error: partial gives a constant that is not allowed
  copy.partial({ mode: 'half' }).map({ spec: specs });

  // @ts-expect-error: a map's key reads what no item has
  copy.partial({ mode: 'full' }).map({ spec: specs }, { key: (a) => a.spec.name });

  // @ts-expect-error: outcomes of items where their values are meant
  d.task('c28', async (a: { all: Copied[] }) => a.all)({ all: copied.outcomes });

  // @ts-expect-error: outcomes of a task that is not mapped
  d.task('c29', async (a: { n: Outcome<number>[] }) => a.n)({ n: one.outcomes });

  // @ts-expect-error: a branch returns a label it does not have
  d.branch('c30', async () => 'huge' as const, { small, big });

  // @ts-expect-error: a branch leads to something that is no task
  d.branch('c31', async () => 'small' as const, { small: 'small' });

  // @ts-expect-error: a short-circuit returns no boolean
  d.shortCircuit('c32', async () => 'yes');

  // @ts-expect-error: what a sensor found is of another type
  count({ n: d.sensor('c33', async () => null as string | null)() });

  // @ts-expect-error: a teardown of a task that is no setup
  d.teardown('c34', async () => {}, { setups: one });

  // @ts-expect-error: a teardown without setups
  d.teardown('c35', async () => {}, {});

  // @ts-expect-error: a teardown takes its setup's output as if it could not fail
  d.teardown('c36', async (a: { id: string }) => a.id, { setups: made })({ id: made });

  // @ts-expect-error: a pool that is not declared
  d.task('c37', async () => 1, { pool: 'export' });

  // @ts-expect-error: a duration without a unit
  d.task('c38', async () => 1, { retryDelay: 300 });

  // @ts-expect-error: a duration with a unit that does not exist
  d.task('c39', async () => 1, { executionTimeout: '5min' });

  // @ts-expect-error: an option that does not exist
  d.task('c40', async () => 1, { retires: 3 });

  // @ts-expect-error: a body that is not async
  d.task('c41', () => 1);

  // @ts-expect-error: an output that JSON cannot carry: a Date
  d.task('c42', async () => ({ at: new Date(0) }));

  // @ts-expect-error: an output that JSON cannot carry: a bigint deep inside
  d.task('c43', async () => [{ size: { bytes: 1n } }]);

  // @ts-expect-error: an output that JSON cannot carry: a Map
  d.task('c44', async () => new Map([['a', 1]]));

  // @ts-expect-error: a param that the schema does not have
  d.task('c45', async (_: object, run) => run.params.night);

  // @ts-expect-error: chain with something that is no task
  chain(one, 'small');

  // @ts-expect-error: after a definition that was not called
  one.after(count);

  // @ts-expect-error: an asset by its bare name
  d.task('c48', async () => 1, { outlets: ['orders'] });
});

// @ts-expect-error: a schedule that is bare text
dag('c49', { schedule: '@daily' }, () => {});

dag('c50', { schedule: lake('orders') }, (d) => {
  // @ts-expect-error: params read in a DAG that declares none
  d.task('t', async (_: object, run) => run.params.day)();
});
