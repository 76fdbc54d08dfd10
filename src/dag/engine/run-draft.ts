/** Owns a run's state while one event is applied to it: changes go here, the state before stays. */
import type { TaskNode } from '../graph.js';
import { ChunkedDraft } from './chunked-list.js';
import type { GraphIndex } from './graph-index.js';
import type { RunCommand } from './messages.js';
import {
  assertLawful,
  type ItemRun,
  type MappedItems,
  type NodeRun,
  type RunState,
  type RunStatus,
  type TaskState,
} from './run-state.js';
import { without } from './without.js';

/** One event's changes and commands. */
export class RunDraft {
  readonly index: GraphIndex;
  readonly atMs: number;
  readonly commands: RunCommand[] = [];
  status: RunStatus;
  cancelling: boolean;
  unfinished: number;
  active: number;
  previous: Readonly<Record<string, TaskState>>;
  startedAtMs: number;
  readonly #base: RunState;
  readonly #tasks: ChunkedDraft<NodeRun>;
  readonly #items = new Map<number, ChunkedDraft<ItemRun>>();
  readonly #toEvaluate: number[] = [];
  #evaluated = 0;
  #ready: number[] | undefined;

  constructor(index: GraphIndex, base: RunState, atMs: number) {
    this.index = index;
    this.atMs = atMs;
    this.#base = base;
    this.#tasks = new ChunkedDraft(base.tasks);
    this.status = base.status;
    this.cancelling = base.cancelling;
    this.unfinished = base.unfinished;
    this.active = base.active;
    this.previous = base.previous;
    this.startedAtMs = base.startedAtMs;
  }

  node(place: number): TaskNode {
    return this.index.nodes[place] as TaskNode;
  }

  run(place: number): NodeRun {
    return this.#tasks.get(place);
  }

  /** Changes a task; a change of its state must be lawful. */
  change(place: number, changes: Partial<NodeRun>): void {
    const run = this.run(place);
    if (changes.state !== undefined) assertLawful(run.state, changes.state);
    this.#tasks.set(place, { ...run, ...changes });
  }

  /** Puts another run in a task's place, for clearing: what `run` lacks is gone. */
  replace(place: number, run: NodeRun): void {
    assertLawful(this.run(place).state, run.state);
    this.#items.delete(place);
    this.#tasks.set(place, run);
  }

  item(place: number, mapIndex: number): ItemRun {
    return this.#itemsOf(place).get(mapIndex);
  }

  setItem(place: number, mapIndex: number, item: ItemRun): void {
    this.#itemsOf(place).set(mapIndex, item);
  }

  /** Changes the counts of a mapped task's items. */
  changeItems(place: number, changes: Partial<MappedItems>): void {
    const { items } = this.run(place);
    if (items !== undefined) this.change(place, { items: { ...items, ...changes } });
  }

  /** Marks a task to be looked at before the event is over. */
  evaluateLater(place: number): void {
    this.#toEvaluate.push(place);
  }

  /** The next task to look at; undefined when none is left. */
  nextToEvaluate(): number | undefined {
    const place = this.#toEvaluate[this.#evaluated];
    this.#evaluated += 1;
    return place;
  }

  get firstReady(): number | undefined {
    return (this.#ready ?? this.#base.ready)[0];
  }

  /** Puts a task among those with something to start, by priority, then by place. */
  addReady(place: number): void {
    const ready = (this.#ready ??= [...this.#base.ready]);
    let low = 0;
    let high = ready.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#comesBefore(ready[middle] as number, place)) low = middle + 1;
      else high = middle;
    }
    if (ready[low] !== place) ready.splice(low, 0, place);
  }

  removeReady(place: number): void {
    const ready = (this.#ready ??= [...this.#base.ready]);
    const at = ready[0] === place ? 0 : ready.indexOf(place);
    if (at >= 0) ready.splice(at, 1);
  }

  /** The state after the event. */
  finish(): RunState {
    for (const [place, items] of this.#items) this.changeItems(place, { list: items.finish() });
    const ended = this.status !== 'running' && this.status !== 'created';
    return {
      ...without(this.#base, 'endedAtMs'),
      status: this.status,
      cancelling: this.cancelling,
      startedAtMs: this.startedAtMs,
      ...(ended ? { endedAtMs: this.#base.endedAtMs ?? this.atMs } : {}),
      unfinished: this.unfinished,
      active: this.active,
      ready: this.#ready ?? this.#base.ready,
      previous: this.previous,
      tasks: this.#tasks.finish(),
    };
  }

  #comesBefore(left: number, right: number): boolean {
    const [one, other] = [this.node(left).priority, this.node(right).priority];
    return one > other || (one === other && left < right);
  }

  #itemsOf(place: number): ChunkedDraft<ItemRun> {
    let items = this.#items.get(place);
    if (items === undefined) {
      items = new ChunkedDraft(this.run(place).items?.list ?? []);
      this.#items.set(place, items);
    }
    return items;
  }
}
