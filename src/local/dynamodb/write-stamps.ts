/** Owns the stamps of writes: strictly rising microseconds, and which of them are not committed. */
import type { Clock } from '../clock.js';

/** A stamp in use: call `done` once its write has committed, or has failed. */
export interface WriteStamp {
  readonly micros: bigint;
  done(): void;
}

/** Hands out stamps; none equals or precedes an earlier one, not even after a restart. */
export class WriteStamps {
  readonly #clock: Clock;
  #last: bigint;
  readonly #pending = new Map<bigint, Promise<void>>();

  /** `last`: the highest stamp that was ever given out or ruled out. */
  constructor(clock: Clock, last: bigint) {
    this.#clock = clock;
    this.#last = last;
  }

  take(): WriteStamp {
    const now = this.#clock.nowMicros();
    const micros = now > this.#last ? now : this.#last + 1n;
    this.#last = micros;
    let ended: () => void = () => undefined;
    this.#pending.set(micros, new Promise((resolve) => (ended = resolve)));
    return {
      micros,
      done: () => {
        this.#pending.delete(micros);
        ended();
      },
    };
  }

  /**
   * From now on no stamp is before `micros`, even if the clock is set back. Returns whether that
   * was not sure already.
   */
  seal(micros: bigint): boolean {
    if (micros - 1n <= this.#last) return false;
    this.#last = micros - 1n;
    return true;
  }

  /** Resolves when every write stamped before `micros` has ended. */
  async settled(micros: bigint): Promise<void> {
    const earlier = [...this.#pending].filter(([stamp]) => stamp < micros);
    await Promise.all(earlier.map(([, ended]) => ended));
  }

  /** Resolves when every write stamped so far has ended. */
  async allSettled(): Promise<void> {
    await Promise.all(this.#pending.values());
  }
}
