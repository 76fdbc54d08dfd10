/** Owns pools in virtual time: who holds slots, and who is next, by priority and then by arrival. */

interface Waiter {
  readonly pool: string;
  readonly slots: number;
  readonly priority: number;
  readonly start: () => void;
}

/** The pools of one in-process run. */
export class VirtualPools {
  readonly #free: Map<string, number>;
  readonly #waiting: Waiter[] = [];

  constructor(pools: Readonly<Record<string, number>>) {
    this.#free = new Map(Object.entries(pools));
  }

  /** Calls `start` as soon as the slots are free. */
  acquire(waiter: Waiter): void {
    const after = this.#waiting.findIndex((other) => other.priority < waiter.priority);
    this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, waiter);
    this.#serve();
  }

  release(pool: string, slots: number): void {
    this.#free.set(pool, (this.#free.get(pool) ?? 0) + slots);
    this.#serve();
  }

  #serve(): void {
    for (;;) {
      // As in the real pools, the first in line holds back those behind it.
      const held = new Set<string>();
      const at = this.#waiting.findIndex(({ pool, slots }) => {
        if (!held.has(pool) && (this.#free.get(pool) ?? 0) >= slots) return true;
        held.add(pool);
        return false;
      });
      const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
      if (next === undefined) return;
      this.#free.set(next.pool, (this.#free.get(next.pool) ?? 0) - next.slots);
      next.start();
    }
  }
}
