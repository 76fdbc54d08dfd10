/** Owns the DAGs whose lives are recorded: with every turn that a run, a schedule or a pool can take. */
import { asset, dag, every } from '../../src/dag/index.js';

const sums = asset('sums');

/** Looks and attempts of this process: enough to tell the first from the later ones. */
const seen = new Map<string, number>();

function times(name: string): number {
  const count = (seen.get(name) ?? 0) + 1;
  seen.set(name, count);
  return count;
}

/** A run with maps, shards, sensors, retries, a pool, and bodies that only a person ends. */
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
      { pool: 'few', retries: 1, retryDelay: '1m' },
    );
    const wide = d.task('wide', async (a: { n: number }) => a.n * a.n, { triggerRule: 'all_done' });
    const copied = copy.map({ n: list }, { maxActive: 4, key: (a) => `item ${a.n}` });
    const squares = wide.map({ n: list }, { shardSize: 3 });
    squares.after(copied);
    const often = { pokeInterval: '1m', timeout: '1h' } as const;
    const found = d.sensor('found', async () => times('found') > 2, often)();
    const near = d.sensor('near', async () => times('near') > 2, { ...often, local: true })();
    const up = d.setup('up', async () => 'up')();
    const sum = d.task(
      'sum',
      async (a: { squares: number[] }) => a.squares.reduce((all, n) => all + n, 0),
      { outlets: [sums] },
    )({ squares });
    up.before(sum);
    sum.after(found, near);
    const left = d.task('left', async () => 'left')();
    const right = d.task('right', async () => 'right')();
    d.branch('choose', async () => 'left' as const, { left, right })().after(sum);
    const approved = d.sensor('approved', async () => false, often)();
    const slow = d.task('slow', (_: object, run) => untilCancelled(run.signal))();
    slow.after(approved, sum);
    d.teardown('down', async () => undefined, { setups: up })().after(slow);
  },
);

/** A schedule of every hour, whose runs hang on the run before. */
export const hourly = dag(
  'hourly',
  { schedule: every('1h'), pools: { few: 2 }, maxActiveRuns: 2 },
  (d) => {
    d.task('work', async () => undefined, { dependsOnPast: true, pool: 'few' })();
  },
);

/** Begun by what {@link recorded} updates. */
export const follower = dag('follower', { schedule: sums }, (d) => {
  d.task('follow', async (_: object, run) => run.assetEvents.length)();
});

/** Only waits: a pool is told that it holds slots, until it is terminated. */
export const holder = dag('holder', {}, (d) => {
  d.sensor('waits', async () => false, { pokeInterval: '1m', timeout: '1h' })();
});

function untilCancelled(signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('cancelled'));
    });
  });
}
