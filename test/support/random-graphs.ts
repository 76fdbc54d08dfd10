/** Owns random DAGs: plans that shrink, and the DAG that a plan stands for. */
import fc from 'fast-check';
import {
  dag,
  TriggerRule,
  type Dag,
  type DagGraph,
  type Duration,
  type RunContext,
  type TaskTriggerRule,
} from '../../src/dag/index.js';

const RULES = Object.values(TriggerRule).filter(
  (rule): rule is TaskTriggerRule => rule !== 'all_done_setup_success',
);

export interface TaskPlan {
  readonly kind: 'task' | 'mapped' | 'sharded' | 'branch' | 'gate' | 'sensor' | 'setup';
  readonly rule: TaskTriggerRule;
  readonly retries: number;
  readonly items: number;
  readonly priority: number;
  /** Which of the earlier tasks are upstream, by bit. */
  readonly upstream: number;
}

/** A DAG as random numbers make it. */
export interface GraphPlan {
  readonly tasks: readonly TaskPlan[];
  readonly maxActiveTasks: number;
  readonly maxActive: number;
}

/** How a plan's tasks are run. */
export interface PlanBodies {
  readonly id: string;
  /** What every body does; a branch is to return `one`, `two` or null, a gate whether it lets through. */
  readonly body: (run: RunContext<never>) => unknown;
  /** Between looks and between attempts. */
  readonly pause?: Duration;
  /** Of each sensor in all, by its id. */
  readonly timeoutOf?: (task: string) => Duration;
  /** What else holds of a task, by its id; a pool of `poolSlots` slots. */
  readonly optionsOf?: (task: string) => { readonly local?: boolean; readonly pool?: 'shared' };
  readonly poolSlots?: number;
}

const taskPlans: fc.Arbitrary<TaskPlan> = fc.record({
  kind: fc.constantFrom<TaskPlan['kind'][]>(
    'task',
    'task',
    'task',
    'mapped',
    'sharded',
    'branch',
    'gate',
    'sensor',
    'setup',
  ),
  rule: fc.oneof(
    { weight: 2, arbitrary: fc.constant('all_success' as const) },
    fc.constantFrom(...RULES),
  ),
  retries: fc.nat(2),
  items: fc.nat(5),
  priority: fc.nat(3),
  upstream: fc.nat(63),
});

/** Plans of one to eight tasks, teardowns and branches not counted. */
export const graphPlans: fc.Arbitrary<GraphPlan> = fc.record({
  tasks: fc.array(taskPlans, { minLength: 1, maxLength: 8 }),
  maxActiveTasks: fc.integer({ min: 1, max: 4 }),
  maxActive: fc.integer({ min: 1, max: 3 }),
});

/** Graphs whose bodies are never called. */
export const graphs: fc.Arbitrary<DagGraph> = graphPlans.map(
  (plan) => plannedDag(plan, { id: 'any', body: () => undefined }).graph,
);

/** The DAG of a plan: tasks `t0`, `t1`, …, teardowns `down<n>` of setups, branches `b<n>`. */
export function plannedDag(plan: GraphPlan, how: PlanBodies): Dag {
  const { maxActiveTasks, maxActive } = plan;
  const { id, body, pause = '1m', timeoutOf = () => '3m' as const, optionsOf, poolSlots } = how;
  const call = (run: unknown): unknown => body(run as RunContext<never>);
  const pools = poolSlots === undefined ? {} : { pools: { shared: poolSlots } };
  return dag(id, { maxActiveTasks, ...pools }, (d) => {
    const setups: { at: number; ref: ReturnType<ReturnType<typeof d.setup>> }[] = [];
    const done: ReturnType<ReturnType<typeof d.task>>[] = [];
    plan.tasks.forEach((planned, at) => {
      const name = `t${at}`;
      const { retries, priority } = planned;
      const own = { retries, priority, retryDelay: pause, ...optionsOf?.(name) };
      const options = { ...own, triggerRule: planned.rule };
      const upstream = done.filter((_ref, other) => (planned.upstream >> (other % 6)) % 2 === 1);
      const list = Array.from({ length: planned.items }, (_, n) => n);
      const mapOptions = { maxActive, ...(planned.kind === 'sharded' ? { shardSize: 2 } : {}) };
      const task = () =>
        d.task(
          name,
          async (_: object, run) => {
            await call(run);
          },
          options,
        )();
      const mapped = () =>
        d
          .task(
            name,
            async (_: { n: number }, run) => {
              await call(run);
            },
            options,
          )
          .map({ n: list }, mapOptions);
      const make = {
        task,
        branch: task,
        mapped,
        sharded: mapped,
        gate: () =>
          d.shortCircuit(name, async (_: object, run) => (await call(run)) as boolean, {
            ...options,
            ignoreDownstreamTriggerRules: planned.items > 2,
          })(),
        sensor: () =>
          d.sensor(name, async (_: object, run) => (await call(run)) as boolean, {
            ...options,
            pokeInterval: pause,
            timeout: timeoutOf(name),
            softFail: planned.items > 2,
          })(),
        setup: () =>
          d.setup(
            name,
            async (_: object, run) => {
              await call(run);
            },
            own,
          )(),
      };
      const ref = make[planned.kind]().after(...upstream) as (typeof done)[number];
      if (planned.kind === 'setup') setups.push({ at, ref: ref as never });
      done.push(ref);
    });
    const last = done[done.length - 1]!;
    for (const { at, ref } of setups) {
      const name = `down${at}`;
      const down = async (_: object, run: unknown) => {
        await call(run);
      };
      const teardown = d.teardown(name, down, { setups: ref, ...optionsOf?.(name) })();
      if (at < done.length - 1) teardown.after(last);
    }
    plan.tasks.forEach(({ kind }, at) => {
      // A branch leads to what comes right after it, when that does not come before it too.
      const targets = done.slice(at + 1, at + 3);
      if (kind !== 'branch' || targets.length < 2) return;
      d.branch(
        `b${at}`,
        async (_: object, run) => (await call(run)) as 'one' | 'two' | null,
        { one: targets[0]!, two: targets[1]! },
        optionsOf?.(`b${at}`),
      )().after(done[at]!);
    });
  });
}
