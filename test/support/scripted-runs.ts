/** Owns runs of random DAGs whose bodies do as their run's params say, and tell a log file of it. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Dag, Json, RunContext } from '../../src/dag/index.js';
import { graphPlans, plannedDag, type GraphPlan } from './random-graphs.js';

/** What a task does, at each of its attempts and looks. */
export interface Script {
  readonly does: 'succeed' | 'failFirst' | 'fail' | 'skip' | 'notYetFirst' | 'neverFind';
  /** For `failFirst` and `notYetFirst`. */
  readonly times: number;
  /** What a branch or a gate decides. */
  readonly choice: 'one' | 'two' | null;
  readonly tookMs: number;
  /** Whether it runs as a local activity; if not, whether under the pool that all runs share. */
  readonly local: boolean;
  readonly pooled: boolean;
}

/** A random DAG with what its tasks will do. */
export interface ScriptedRun {
  readonly id: string;
  readonly plan: GraphPlan;
  /** The scripts of `t0`, `t1`, … in turn; teardowns and branches take the ones of their task. */
  readonly scripts: readonly Script[];
}

/** One line of the log. */
export interface LogLine {
  readonly dag: string;
  /** `t1`, or `t1[2]` for an item. */
  readonly name: string;
  readonly attempt: number;
  readonly what: 'started' | 'succeeded' | 'failed' | 'skipped' | 'notYet';
}

/** What the test itself writes between the lines. */
export const KILLED = 'killed';

/** Slots of the pool that all runs share. */
export const POOL_SLOTS = 3;

const scripts: fc.Arbitrary<Script> = fc.record({
  does: fc.constantFrom<Script['does'][]>(
    'succeed',
    'succeed',
    'failFirst',
    'fail',
    'skip',
    'notYetFirst',
    'neverFind',
  ),
  times: fc.integer({ min: 1, max: 3 }),
  choice: fc.constantFrom('one', 'two', null),
  tookMs: fc.integer({ min: 0, max: 1_500 }),
  local: fc.boolean(),
  pooled: fc.boolean(),
});

/** Random runs, named `any0`, `any1`, …. */
export function scriptedRuns(count: number): fc.Arbitrary<readonly ScriptedRun[]> {
  const run = fc.record({
    plan: graphPlans,
    scripts: fc.array(scripts, { minLength: 8, maxLength: 8 }),
  });
  return fc
    .array(run, { minLength: count, maxLength: count })
    .map((runs) => runs.map((one, at) => ({ ...one, id: `any${at}` })));
}

/** The DAG of a run; without a log file its bodies take no time and tell nobody. */
export function scriptedDag({ id, plan, scripts: given }: ScriptedRun, log?: string): Dag {
  const scriptOf = (task: string): Script => given[Number(/\d+/.exec(task)?.[0] ?? 0)] as Script;
  const looks = new Map<string, number>();
  return plannedDag(plan, {
    id,
    pause: '200ms',
    // One that never finds must end by its time; one that does must not, whatever is killed.
    timeoutOf: (task) => (scriptOf(task).does === 'neverFind' ? '2s' : '10m'),
    optionsOf: (task) => {
      const { local, pooled } = scriptOf(task);
      return local ? { local } : pooled ? { pool: 'shared' } : {};
    },
    poolSlots: POOL_SLOTS,
    body: async (run) => {
      const script = scriptOf(run.taskId);
      const name = run.mapIndex < 0 ? run.taskId : `${run.taskId}[${run.mapIndex}]`;
      const tell = (what: LogLine['what']): void => {
        if (log === undefined) return;
        const line: LogLine = { dag: id, name, attempt: run.attempt, what };
        appendFileSync(log, `${JSON.stringify(line)}\n`);
      };
      tell('started');
      if (log !== undefined) await sleep(script.tookMs);
      const looked = looksOf(looks, log, id, name);
      const isSensor = plan.tasks.some(
        ({ kind }, at) => kind === 'sensor' && run.taskId === `t${at}`,
      );
      const planned = outcomeOf(script, run, looked);
      const what = planned === 'notYet' && !isSensor ? 'succeeded' : planned;
      if (what === 'notYet') looks.set(name, looked + 1);
      tell(what);
      return resultOf(run, what, isSensor ? 'one' : script.choice);
    },
  });
}

/** What a worker process serves. */
export function dagsOf(input: Json): readonly Dag[] {
  const { runs, log } = input as unknown as { runs: readonly ScriptedRun[]; log: string };
  return runs.map((run) => scriptedDag(run, log));
}

/** The lines of the log, each a line of a body or {@link KILLED}. */
export function readLog(log: string): readonly (LogLine | typeof KILLED)[] {
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LogLine | typeof KILLED);
}

/** Looks that found nothing, of all attempts; the log outlives the process. */
function looksOf(
  looks: ReadonlyMap<string, number>,
  log: string | undefined,
  dag: string,
  name: string,
): number {
  if (log === undefined) return looks.get(name) ?? 0;
  return readLog(log).filter(
    (line) => line !== KILLED && line.dag === dag && line.name === name && line.what === 'notYet',
  ).length;
}

function outcomeOf(
  { does, times }: Script,
  { attempt, mapIndex }: RunContext<never>,
  looked: number,
): LogLine['what'] {
  // Items differ: some do as the script says, the others succeed.
  if (mapIndex % 2 === 1) return 'succeeded';
  switch (does) {
    case 'succeed':
      return 'succeeded';
    case 'failFirst':
      return attempt <= times ? 'failed' : 'succeeded';
    case 'fail':
      return 'failed';
    case 'skip':
      return 'skipped';
    case 'notYetFirst':
      return looked < times ? 'notYet' : 'succeeded';
    case 'neverFind':
      return 'notYet';
  }
}

function resultOf(
  run: RunContext<never>,
  what: LogLine['what'],
  choice: Script['choice'],
): unknown {
  if (what === 'failed') throw new Error('as the script says');
  if (what === 'skipped') run.skip('as the script says');
  if (what === 'notYet') return false;
  return run.taskId.startsWith('b') ? choice : choice !== null;
}
