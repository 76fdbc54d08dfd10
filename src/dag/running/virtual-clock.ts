/** Owns virtual time: what is due next, by time and then in the order it was asked for. */

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly act: () => Promise<void>;
}

/** A queue of things to happen; time jumps from one to the next. */
export class VirtualClock {
  nowMs: number;
  #order = 0;
  readonly #heap: Due[] = [];

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  /** Lets `act` happen `afterMs` from now. */
  after(afterMs: number, act: () => Promise<void>): void {
    const due = { atMs: this.nowMs + afterMs, order: this.#order, act };
    this.#order += 1;
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!comesBefore(due, heap[parent] as Due)) break;
      heap[at] = heap[parent] as Due;
      at = parent;
    }
    heap[at] = due;
  }

  /** Goes to the next thing due and does it; false when nothing is left. */
  async step(): Promise<boolean> {
    const next = this.#take();
    if (next === undefined) return false;
    this.nowMs = next.atMs;
    await next.act();
    return true;
  }

  #take(): Due | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && comesBefore(right, heap[child] as Due)) child += 1;
      if (!comesBefore(heap[child] as Due, last)) break;
      heap[at] = heap[child] as Due;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function comesBefore(one: Due, other: Due): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
