/** Owns the DAGs whose lives are recorded: with every turn that a run, a schedule or a pool can take. */
import { instantOfMillis } from '../../src/core/instant.js';
import { asset, dag, every } from '../../src/dag/index.js';
import type { RunContext } from '../../src/dag/run-context.js';

const sums = asset('sums');
const often = { pokeInterval: '1m', timeout: '1h' } as const;

/** Looks of this process: enough to tell the first from the later ones. */
const seen = new Map<string, number>();

function times(name: string): number {
  const count = (seen.get(name) ?? 0) + 1;
  seen.set(name, count);
  return count;
}

/** A run with maps, shards, sensors, retries, a pool, callbacks, and bodies that only a person ends. */
export const recorded = dag(
  'recorded',
  {
    pools: { few: 2 },
    maxActiveTasks: 8,
    onFailure: async () => {
      throw new Error('nobody minds');
    },
    deadline: { after: '5m', from: 'runStart', onMissed: async () => undefined },
  },
  (d) => {
    const list = d.task('list', async () => [0, 1, 2, 3, 4], { local: true })();
    const copy = d.task(
      'copy',
      async (a: { n: number }, run) => {
        if (a.n === 1) run.skip('1 is not for us');
        if (a.n === 2 && run.attempt === 1) throw new Error('not at first');
        return { n: a.n };
      },
      { pool: 'few', retries: 1, retryDelay: '1m', onRetry: async () => undefined },
    );
    const wide = d.task('wide', async (a: { n: number }) => a.n * a.n, { triggerRule: 'all_done' });
    const copied = copy.map({ n: list }, { maxActive: 4, key: (a) => `item ${a.n}` });
    const squares = wide.map({ n: list }, { shardSize: 3 });
    squares.after(copied);
    const found = d.sensor('found', async () => times('found') > 2, often)();
    const near = d.sensor('near', async () => times('near') > 2, { ...often, local: true })();
    const soon = { pokeInterval: '1m', timeout: '3m' } as const;
    d.sensor('late', async () => false, { ...soon, retries: 1 })();
    d.sensor('pooled', async () => false, { ...soon, softFail: true, pool: 'few' })();
    const up = d.setup('up', async () => 'up')();
    const sum = d.task(
      'sum',
      async (a: { squares: number[] }) => a.squares.reduce((all, n) => all + n, 0),
      { outlets: [sums], onSuccess: async () => undefined },
    )({ squares });
    up.before(sum);
    sum.after(found, near);
    const left = d.task('left', async () => 'left')();
    const right = d.task('right', async () => 'right')();
    d.branch('choose', async () => 'left' as const, { left, right })().after(sum);
    const approved = d.sensor('approved', async () => false, often)();
    const slow = d.task('slow', untilCancelled)();
    slow.after(approved, sum);
    d.teardown('down', async () => undefined, { setups: up })().after(slow);
  },
);

/** A run whose shards and bodies are cleared and cancelled as they run; it is opened again. */
export const stopped = dag('stopped', {}, (d) => {
  const list = d.task('list', async () => [0, 1, 2, 3])();
  const hang = d.task('hang', (a: { n: number }, run) =>
    a.n < 3 ? Promise.resolve(a.n) : untilCancelled(a, run),
  );
  const hung = hang.map({ n: list }, { shardSize: 2 });
  d.task('alone', untilCancelled)();
  d.task('after', async () => undefined)().after(hung);
});

/** A schedule of every hour, behind by some, whose runs hang on the run before. */
export const hourly = dag(
  'hourly',
  {
    schedule: every('1h'),
    startDate: instantOfMillis(Date.now() - 5 * 3_600_000),
    catchup: true,
    pools: { few: 2 },
    maxActiveRuns: 2,
  },
  (d) => {
    d.task('work', async () => undefined, { dependsOnPast: true, pool: 'few' })();
  },
);

/** Begun by what {@link recorded} and {@link quick} update. */
export const follower = dag('follower', { schedule: sums }, (d) => {
  d.task('follow', async (_: object, run) => run.assetEvents.length)();
});

/** Only waits: a pool is told that it holds slots, until it is terminated. */
export const holder = dag('holder', {}, (d) => {
  d.sensor('waits', async () => false, often)();
});

/** A run of many events, where few are many: it goes on in new executions, and so do its shards. */
export const long = dag('long', { pools: { few: 2 }, maxActiveTasks: 4 }, (d) => {
  const list = d.task('list', async () => Array.from({ length: 24 }, (_, n) => n))();
  const flaky = { retries: 1, retryDelay: '1s' } as const;
  const copy = d.task(
    'copy',
    async (a: { n: number }, run) => {
      if (a.n % 4 === 0 && run.attempt === 1) throw new Error('not at first');
      return a.n;
    },
    { ...flaky, pool: 'few' },
  );
  const copied = copy.map({ n: list }, { maxActive: 4 });
  const wide = d.task(
    'wide',
    async (a: { n: number }, run) => {
      if (run.attempt === 1) throw new Error('not at first');
      return a.n;
    },
    flaky,
  );
  const all = wide.map({ n: copied }, { shardSize: 16 });
  d.task(
    'late',
    async (_: object, run) => {
      if (run.attempt === 1) throw new Error('not within seconds');
    },
    { retries: 1, retryDelay: '10s' },
  )();
  const sum = d.task('sum', async (a: { all: number[] }) => a.all.length)({ all });
  d.sensor('summed', async () => true, { pokeInterval: '1s', timeout: '1m' })().after(sum);
});

/** Asked for by hand, again and again. */
export const quick = dag('quick', { maxActiveRuns: 2 }, (d) => {
  d.task('once', async () => undefined, { outlets: [sums] })();
});

function untilCancelled(_: object, { signal }: Pick<RunContext<never>, 'signal'>): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('cancelled'));
    });
  });
}
