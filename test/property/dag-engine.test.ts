/** Owns the laws of runs: any graph, any outcomes, in any order, across restarts and operations. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  createRun,
  createShard,
  dag,
  decide,
  evaluateRule,
  isEnd,
  shardItems,
  TriggerRule,
  viewRun,
  type DagGraph,
  type RunCommand,
  type RunEvent,
  type RunOperation,
  type RunState,
  type TaskTriggerRule,
} from '../../src/dag/index.js';
import { chunkedEntries } from '../../src/dag/engine/chunked-list.js';
import { TidemarkError } from '../../src/core/errors.js';
import { deepFreeze } from '../../src/dag/graph.js';

const RULES = Object.values(TriggerRule).filter(
  (rule): rule is TaskTriggerRule => rule !== 'all_done_setup_success',
);

interface TaskPlan {
  readonly kind: 'task' | 'mapped' | 'sharded' | 'branch' | 'gate' | 'sensor' | 'setup';
  readonly rule: TaskTriggerRule;
  readonly retries: number;
  readonly items: number;
  readonly priority: number;
  /** Which of the earlier tasks are upstream, by bit. */
  readonly upstream: number;
}

const taskPlans = fc.record({
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

const graphs = fc
  .record({
    tasks: fc.array(taskPlans, { minLength: 1, maxLength: 8 }),
    maxActiveTasks: fc.integer({ min: 1, max: 4 }),
    maxActive: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ tasks, maxActiveTasks, maxActive }) => graphOf(tasks, maxActiveTasks, maxActive));

function graphOf(plans: readonly TaskPlan[], maxActiveTasks: number, maxActive: number): DagGraph {
  return dag('any', { maxActiveTasks }, (d) => {
    const setups: { at: number; ref: ReturnType<ReturnType<typeof d.setup>> }[] = [];
    const done: ReturnType<ReturnType<typeof d.task>>[] = [];
    plans.forEach((plan, at) => {
      const id = `t${at}`;
      const { retries, priority } = plan;
      const options = { triggerRule: plan.rule, retries, priority };
      const upstream = done.filter((_ref, other) => (plan.upstream >> (other % 6)) % 2 === 1);
      const list = Array.from({ length: plan.items }, (_, n) => n);
      const mapOptions = { maxActive, ...(plan.kind === 'sharded' ? { shardSize: 2 } : {}) };
      const make = {
        task: () => d.task(id, async () => {}, options)(),
        mapped: () =>
          d.task(id, async (_: { n: number }) => {}, options).map({ n: list }, mapOptions),
        sharded: () =>
          d.task(id, async (_: { n: number }) => {}, options).map({ n: list }, mapOptions),
        branch: () => d.task(id, async () => {}, options)(),
        gate: () =>
          d.shortCircuit(id, async () => true, {
            ...options,
            ignoreDownstreamTriggerRules: plan.items > 2,
          })(),
        sensor: () =>
          d.sensor(id, async () => true, { ...options, timeout: '3m', softFail: plan.items > 2 })(),
        setup: () => d.setup(id, async () => {}, { retries, priority })(),
      };
      const ref = make[plan.kind]().after(...upstream) as (typeof done)[number];
      if (plan.kind === 'setup') setups.push({ at, ref: ref as never });
      done.push(ref);
    });
    const last = done[done.length - 1]!;
    for (const { at, ref } of setups) {
      const teardown = d.teardown(`down${at}`, async () => {}, { setups: ref })();
      if (at < done.length - 1) teardown.after(last);
    }
    plans.forEach((plan, at) => {
      // A branch leads to what comes right after it, when that does not come before it too.
      const targets = done.slice(at + 1, at + 3);
      if (plan.kind !== 'branch' || targets.length < 2) return;
      d.branch(`b${at}`, async () => 'one' as const, {
        one: targets[0]!,
        two: targets[1]!,
      })().after(done[at]!);
    });
  }).graph;
}

/** A source of choices that shrinks with fast-check. */
function chooser(choices: readonly number[]): (below: number) => number {
  let at = 0;
  return (below) => {
    const choice = choices[at % choices.length] ?? 0;
    at += 1;
    return (choice + at) % below;
  };
}

interface Started {
  readonly task: string;
  readonly mapIndex: number;
  readonly attempt: number;
}

/** Carries out a run's commands in any order and checks the laws at every step. */
class Driver {
  state: RunState;
  completed: string[] = [];
  starts: Started[] = [];
  readonly pending: RunCommand[] = [];
  #atMs = 0;
  readonly graph: DagGraph;
  readonly choose: (below: number) => number;

  constructor(graph: DagGraph, choose: (below: number) => number, state = createRun(graph)) {
    this.graph = graph;
    this.choose = choose;
    this.state = deepFreeze(JSON.parse(JSON.stringify(state)) as RunState);
  }

  tell(event: Omit<Extract<RunEvent, { type: string }>, 'atMs'> & { type: string }): void {
    this.#atMs += 1000 * (1 + this.choose(90));
    const before = this.state;
    const { state, commands } = decide(this.graph, before, {
      ...event,
      atMs: this.#atMs,
    } as RunEvent);
    // A run that continues as new has only the JSON; a frozen state shows any change to the past.
    this.state = deepFreeze(JSON.parse(JSON.stringify(state)) as RunState);
    expect(this.state).toEqual(state);
    for (const command of commands) this.#take(command);
    checkCounts(this.graph, this.state);
  }

  /** Answers one pending command; false when there is none. */
  step(): boolean {
    const [command] = this.pending.splice(this.choose(this.pending.length || 1), 1);
    if (command === undefined) return false;
    switch (command.type) {
      case 'startTask':
        this.#answer(command);
        // An answer may come twice: the second changes nothing.
        if (this.choose(5) === 0) {
          const state = this.state;
          this.tell({ type: 'taskSucceeded', ...idOf(command) } as never);
          expect(this.state.tasks).toEqual(state.tasks);
        }
        break;
      case 'startTimer':
        this.tell({ type: 'timerFired', timer: command.timer } as never);
        break;
      case 'startShard': {
        const shard = createShard(this.graph, command);
        const driver = new Driver(shard.graph, this.choose, shard.state);
        driver.tell({ type: 'runStarted' } as never);
        while (driver.step());
        expect(driver.completed).toHaveLength(1);
        const items = shardItems(driver.state);
        expect(items).toHaveLength(command.to - command.from);
        this.tell({
          type: 'shardFinished',
          task: command.task,
          from: command.from,
          items,
        } as never);
        break;
      }
      default:
        throw new Error(`unexpected pending ${command.type}`);
    }
    return true;
  }

  #take(command: RunCommand): void {
    if (command.type === 'completeRun') this.completed.push(command.status);
    if (command.type === 'startTask') {
      const { task, mapIndex, attempt } = command;
      this.starts.push({ task, mapIndex, attempt });
      checkRuleHeld(this.graph, this.state, command);
    }
    if (['startTask', 'startTimer', 'startShard'].includes(command.type))
      this.pending.push(command);
    if (command.type === 'cancelShard') {
      const at = this.pending.findIndex(
        (other) =>
          other.type === 'startShard' && other.task === command.task && other.from === command.from,
      );
      if (at >= 0) this.pending.splice(at, 1);
    }
  }

  #answer(command: Extract<RunCommand, { type: 'startTask' }>): void {
    const node = this.graph.tasks.find(({ id }) => id === command.task)!;
    const id = idOf(command);
    const roll = this.choose(10);
    const value =
      node.kind === 'branch'
        ? [null, 'one', 'two'][this.choose(3)]
        : node.kind === 'short_circuit'
          ? roll % 2 === 0
          : null;
    if (roll < 6 && (node.kind !== 'sensor' || roll < 3)) {
      this.tell({ type: 'taskSucceeded', ...id, output: { value } } as never);
    } else if (node.kind === 'sensor' && roll < 6)
      this.tell({ type: 'taskNotYet', ...id } as never);
    else if (roll < 9) {
      this.tell({
        type: 'taskFailed',
        ...id,
        error: { message: 'no' },
        retryable: roll !== 8,
      } as never);
    } else this.tell({ type: 'taskSkipped', ...id } as never);
  }
}

const idOf = ({ task, mapIndex, attempt }: Started): Started => ({ task, mapIndex, attempt });

/** What the state counts is what its parts say. */
function checkCounts(graph: DagGraph, state: RunState): void {
  const runs = [...chunkedEntries(state.tasks)];
  let active = 0;
  runs.forEach((run, place) => {
    if (run.items === undefined) {
      if (run.state === 'running') active += 1;
      return;
    }
    const items = [...chunkedEntries(run.items.list)].map((item) =>
      typeof item === 'number' ? (item === 0 ? 'waiting' : 'success') : item.state,
    );
    const count = (wanted: string): number => items.filter((one) => one === wanted).length;
    expect(items).toHaveLength(run.items.count);
    expect([run.items.success, run.items.failed, run.items.skipped]).toEqual(
      ['success', 'failed', 'skipped'].map(count),
    );
    expect(run.items.active).toBe(count('running') + run.items.shards.length);
    expect(run.items.active).toBeLessThanOrEqual(graph.tasks[place]!.map!.maxActive);
    active += run.items.active;
  });
  expect(state.active).toBe(active);
  expect(state.active).toBeLessThanOrEqual(graph.maxActiveTasks);
  expect(state.unfinished).toBe(runs.filter((run) => !isEnd(run.state)).length);
  runs.forEach((run, place) => {
    const expected = tallyOf(graph, state, graph.tasks[place]!.upstream);
    expect(run.tally).toMatchObject(expected);
  });
}

function tallyOf(graph: DagGraph, state: RunState, upstream: readonly string[]) {
  const runs = [...chunkedEntries(state.tasks)];
  const states = upstream.flatMap((id) => {
    const run = runs[graph.tasks.findIndex((node) => node.id === id)]!;
    if (run.items === undefined) return [run.state as string];
    return [...chunkedEntries(run.items.list)].map((item) =>
      typeof item === 'number' ? (item === 0 ? 'waiting' : 'success') : item.state,
    );
  });
  const count = (wanted: string): number => states.filter((one) => one === wanted).length;
  const setups = upstream.filter((id) =>
    graph.tasks.some((node) => node.id === id && node.kind === 'setup'),
  );
  const setupStates = setups.map(
    (id) => runs[graph.tasks.findIndex((node) => node.id === id)]!.state,
  );
  return {
    total: states.length,
    success: count('success'),
    skipped: count('skipped'),
    failed: count('failed'),
    upstreamFailed: count('upstream_failed'),
    setups: setups.length,
    setupsSuccess: setupStates.filter((one) => one === 'success').length,
    setupsSkipped: setupStates.filter((one) => one === 'skipped').length,
  };
}

/** A first attempt starts only when the rule, by a count of its own, says run. */
function checkRuleHeld(
  graph: DagGraph,
  state: RunState,
  { task, attempt, poke }: Extract<RunCommand, { type: 'startTask' }>,
): void {
  const node = graph.tasks.find(({ id }) => id === task)!;
  if (attempt !== 1 || poke > 1) return;
  expect(evaluateRule(node.triggerRule, tallyOf(graph, state, node.upstream))).toBe('run');
}

/** The run's state by its leaves, counted from the graph alone. */
function expectedStatus(graph: DagGraph, state: RunState): string {
  const states = Object.fromEntries(viewRun(graph, state).map((task) => [task.id, task.state]));
  const counts = graph.tasks.filter((node) => node.kind !== 'teardown');
  const leaves = counts.filter((node) => !counts.some((other) => other.upstream.includes(node.id)));
  return leaves.some(({ id }) => ['failed', 'upstream_failed'].includes(String(states[id])))
    ? 'failed'
    : 'success';
}

const choices = fc.array(fc.nat(1_000), { minLength: 20, maxLength: 80 });

const operations = (graph: DagGraph): fc.Arbitrary<RunOperation> => {
  const task = fc.constantFrom(...graph.tasks.map(({ id }) => id));
  const mapIndex = fc.integer({ min: -1, max: 4 });
  return fc.oneof(
    fc.record({
      type: fc.constant('clear' as const),
      tasks: fc.array(task, { minLength: 1, maxLength: 2 }),
      upstream: fc.boolean(),
      downstream: fc.boolean(),
    }),
    fc.record({
      type: fc.constant('clear' as const),
      tasks: fc.array(task, { minLength: 1, maxLength: 1 }),
      mapIndexes: fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      type: fc.constant('mark' as const),
      task,
      mapIndex,
      as: fc.constantFrom('success' as const, 'failed' as const),
    }),
    fc.constant({ type: 'retryFailed' as const }),
    fc.constant({ type: 'cancel' as const }),
  );
};

describe('any run of any graph', () => {
  test('ends once, each task in a lawful state, none started before its rule allows', () => {
    fc.assert(
      fc.property(graphs, choices, (graph, picks) => {
        const driver = new Driver(graph, chooser(picks));
        driver.tell({ type: 'runStarted' } as never);
        while (driver.step());
        expect(driver.completed).toEqual([expectedStatus(graph, driver.state)]);
        expect(driver.state.status).toBe(driver.completed[0]);
        const starts = driver.starts.map(
          ({ task, mapIndex, attempt }) => `${task}[${mapIndex}]#${attempt}`,
        );
        for (const node of graph.tasks) {
          if (node.kind === 'sensor') continue;
          const own = starts.filter((name) => name.startsWith(`${node.id}[`));
          expect(new Set(own).size).toBe(own.length);
        }
        for (const task of viewRun(graph, driver.state)) {
          expect(isEnd(task.state)).toBe(true);
          const { retries } = graph.tasks.find(({ id }) => id === task.id)!;
          expect(task.attempt).toBeLessThanOrEqual(retries + 1);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('ends all the same when people clear, mark, retry and cancel', () => {
    fc.assert(
      fc.property(
        graphs.chain((graph) =>
          fc.tuple(
            fc.constant(graph),
            choices,
            fc.array(operations(graph), { minLength: 1, maxLength: 4 }),
          ),
        ),
        ([graph, picks, todo]) => {
          const choose = chooser(picks);
          const driver = new Driver(graph, choose);
          driver.tell({ type: 'runStarted' } as never);
          for (const operation of todo) {
            for (let steps = choose(12); steps > 0; steps -= 1) driver.step();
            try {
              driver.tell(operation as never);
            } catch (error) {
              // Items that are not there; the state is as it was.
              if (!(error instanceof TidemarkError)) throw error;
            }
          }
          while (driver.step());
          expect(['success', 'failed', 'cancelled']).toContain(driver.state.status);
          expect(driver.completed.at(-1)).toBe(driver.state.status);
          expect(driver.state.unfinished).toBe(0);
          for (const task of viewRun(graph, driver.state)) expect(isEnd(task.state)).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
  });
});
