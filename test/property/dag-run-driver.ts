/** Owns driving a run in a test: commands answered in any order, the laws checked at every step. */
import { expect } from '@jest/globals';
import {
  createRun,
  createShard,
  decide,
  evaluateRule,
  isEnd,
  shardItems,
  type DagGraph,
  type RunCommand,
  type RunEvent,
  type RunState,
} from '../../src/dag/index.js';
import { chunkedEntries } from '../../src/dag/engine/chunked-list.js';
import { deepFreeze } from '../../src/dag/graph.js';

/** A source of choices that shrinks with fast-check. */
export function chooser(choices: readonly number[]): (below: number) => number {
  let at = 0;
  return (below) => {
    const choice = choices[at % choices.length] ?? 0;
    at += 1;
    return (choice + at) % below;
  };
}

/** An event before it is given its time. */
export type WithoutTime = RunEvent extends infer Event
  ? Event extends RunEvent
    ? Omit<Event, 'atMs'>
    : never
  : never;

interface Started {
  readonly task: string;
  readonly mapIndex: number;
  readonly attempt: number;
}

/** Carries out a run's commands in any order and checks the laws at every step. */
export class Driver {
  state: RunState;
  completed: string[] = [];
  starts: Started[] = [];
  readonly pending: RunCommand[] = [];
  /** What was told so far that whoever told it may tell again after a kill. */
  readonly #told: WithoutTime[] = [];
  #atMs = 0;
  #operated = false;
  readonly graph: DagGraph;
  readonly choose: (below: number) => number;

  constructor(graph: DagGraph, choose: (below: number) => number, state = createRun(graph)) {
    this.graph = graph;
    this.choose = choose;
    this.state = deepFreeze(JSON.parse(JSON.stringify(state)) as RunState);
  }

  tell(event: WithoutTime): void {
    this.#atMs += 1000 * (1 + this.choose(90));
    const before = this.state;
    this.#operated ||= ['clear', 'mark', 'retryFailed', 'cancel'].includes(event.type);
    const { state, commands } = decide(this.graph, before, {
      ...event,
      atMs: this.#atMs,
    });
    // A run that continues as new has only the JSON; a frozen state shows any change to the past.
    this.state = deepFreeze(JSON.parse(JSON.stringify(state)) as RunState);
    expect(this.state).toEqual(state);
    for (const command of commands) this.#take(command);
    checkCounts(this.graph, this.state);
  }

  /**
   * Now and then everyone who answered dies, and answers all over again: nothing may change. A
   * sensor's answers do not say which look they are of, so there the shell must not answer twice.
   */
  sometimesDie(): void {
    if (this.choose(6) > 0) return;
    const before = this.state;
    const { length: ended } = this.completed;
    for (const event of [...this.#told]) this.tell(event);
    expect(this.state).toEqual(before);
    expect(this.completed).toHaveLength(ended);
  }

  /** Answers one pending command; false when there is none. */
  step(): boolean {
    const [command] = this.pending.splice(this.choose(this.pending.length || 1), 1);
    if (command === undefined) return false;
    if (command.type === 'startTask') {
      this.#answer(command);
      // An answer may come twice: the second changes nothing.
      if (this.choose(5) === 0) {
        const { tasks } = this.state;
        this.tell({ type: 'taskSucceeded', ...idOf(command) });
        expect(this.state.tasks).toEqual(tasks);
      }
    } else if (command.type === 'startTimer') {
      this.#tellOnce({ type: 'timerFired', timer: command.timer });
    } else if (command.type === 'startShard') this.#runShard(command);
    else throw new Error(`unexpected ${command.type}`);
    return true;
  }

  #runShard(command: Extract<RunCommand, { type: 'startShard' }>): void {
    const { task, from, to } = command;
    const shard = createShard(this.graph, command);
    const driver = new Driver(shard.graph, this.choose, shard.state);
    driver.tell({ type: 'runStarted' });
    while (driver.step());
    expect(driver.completed).toHaveLength(1);
    const items = shardItems(driver.state);
    expect(items).toHaveLength(to - from);
    this.tell({ type: 'shardFinished', task, from, items });
  }

  /** Remembers what may be told again. */
  #tellOnce(event: WithoutTime): void {
    this.#told.push(event);
    this.tell(event);
  }

  #take(command: RunCommand): void {
    if (command.type === 'completeRun') this.completed.push(command.status);
    if (command.type === 'startTask') {
      const { task, mapIndex, attempt } = command;
      this.starts.push({ task, mapIndex, attempt });
      // After a mark or clear upstream, what was already ready still runs.
      if (!this.#operated) checkRuleHeld(this.graph, this.state, command);
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
    const tell = (event: WithoutTime): void => {
      if (node.kind === 'sensor') this.tell(event);
      else this.#tellOnce(event);
    };
    const value =
      node.kind === 'branch'
        ? (['one', 'two'][this.choose(3)] ?? null)
        : node.kind === 'short_circuit'
          ? roll % 2 === 0
          : null;
    if (roll < 6 && (node.kind !== 'sensor' || roll < 3)) {
      tell({ type: 'taskSucceeded', ...id, output: { value } });
    } else if (node.kind === 'sensor' && roll < 6) tell({ type: 'taskNotYet', ...id });
    else if (roll < 9) {
      tell({
        type: 'taskFailed',
        ...id,
        error: { message: 'no' },
        retryable: roll !== 8,
      });
    } else tell({ type: 'taskSkipped', ...id });
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
    if (run.items === undefined) return [run.state];
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
