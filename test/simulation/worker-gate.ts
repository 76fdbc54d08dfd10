/** Owns the gate that every call of a worker to AWS passes: where it may stop for ever, or for long. */
import type { ObjectStore } from '../../src/core/object-store.js';

/** What a process that was killed would have said. */
class ProcessDied extends Error {
  override readonly name = 'ProcessDied';
}

/** Open until {@link stopAt} calls have passed; then nothing passes until it is released. */
export class WorkerGate {
  #callsLeft = Infinity;
  #isShut = false;
  #waiting = 0;
  #shut!: () => void;
  #release!: (outcome: 'dies' | 'goes-on') => void;
  /** Resolves when a call was stopped. */
  readonly stopped = new Promise<void>((resolve) => (this.#shut = resolve));
  readonly #released = new Promise<'dies' | 'goes-on'>((resolve) => (this.#release = resolve));

  /** The `call`th call from now on is the first that does not pass. */
  stopAt(call: number): void {
    if (!this.#isShut) this.#callsLeft = call;
  }

  get isShut(): boolean {
    return this.#isShut;
  }

  /** Calls that stand before it. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Lets those before it go on; or die, which nobody notices any more. */
  release(outcome: 'dies' | 'goes-on'): void {
    this.#isShut = true;
    this.#release(outcome);
  }

  async pass(): Promise<void> {
    if (!this.#isShut) {
      this.#callsLeft -= 1;
      if (this.#callsLeft > 0) return;
      this.#isShut = true;
      this.#shut();
    }
    this.#waiting += 1;
    const outcome = await this.#released;
    this.#waiting -= 1;
    if (outcome === 'dies') throw new ProcessDied('The process was killed.');
  }
}

/** `store` behind `gate`: before a deed and after it, since a worker may die on either side. */
export function gatedStore(store: ObjectStore, gate: WorkerGate): ObjectStore {
  const gated = async <Result>(deed: () => Promise<Result>): Promise<Result> => {
    await gate.pass();
    const result = await deed();
    await gate.pass();
    return result;
  };
  return {
    url: store.url,
    get: (key) => gated(() => store.get(key)),
    put: (key, body, condition) => gated(() => store.put(key, body, condition)),
    putFile: (key, path) => gated(() => store.putFile(key, path)),
    delete: (keys) => gated(() => store.delete(keys)),
    openRead: (key) => gated(() => store.openRead(key)),
    async *list(prefix, options) {
      await gate.pass();
      yield* store.list(prefix, options);
    },
  };
}
