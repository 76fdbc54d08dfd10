/** Owns what the local DynamoDB does by itself as time passes. */
import type { Clock } from '../clock.js';
import type { ExportService } from '../exports/export-service.js';
import type { ServiceProfile } from '../service-profile.js';
import { trimChanges } from './change-store.js';
import { tableIdsOf } from './table-lifecycle.js';
import { sweepExpired } from './time-to-live.js';
import type { WritePath } from './write-path.js';

/** What there is to do. */
export interface BackgroundWorld {
  readonly path: WritePath;
  readonly exports: ExportService;
  readonly clock: Clock;
  readonly profile: ServiceProfile;
}

/** How often the clock is looked at. */
const TICK_MS = 250;
const SECOND = 1_000_000n;

/** Ends due exports, deletes expired items, lets old changes go; round after round. */
export class BackgroundWork {
  readonly #world: BackgroundWorld;
  readonly #timer: NodeJS.Timeout;
  #last = Promise.resolve();
  #sweptAtMicros = 0n;
  #trimmedAtMicros = 0n;

  /** `onError` is told of what goes wrong in a round; the next one tries again. */
  constructor(world: BackgroundWorld, onError: (error: unknown) => void) {
    this.#world = world;
    let running = false;
    const tick = (): void => {
      if (running) return;
      running = true;
      this.runDue()
        .catch(onError)
        .finally(() => (running = false));
    };
    this.#timer = setInterval(tick, TICK_MS).unref();
  }

  /** One round of what is due by the clock; rounds never overlap. */
  runDue(): Promise<void> {
    this.#last = this.#last.catch(() => undefined).then(() => this.#round());
    return this.#last;
  }

  /** Resolves when the round under way has ended and no other will begin. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#last.catch(() => undefined);
  }

  async #round(): Promise<void> {
    const { path, exports, clock, profile } = this.#world;
    await exports.advance();
    const now = clock.nowMicros();
    if (now - this.#sweptAtMicros >= BigInt(profile.ttlSweepSeconds) * SECOND) {
      this.#sweptAtMicros = now;
      await sweepExpired(path, now);
    }
    // A 35th of the longest period is a day: once a day, changes a day out of reach are let go,
    // so that an export in progress still finds what it was asked for.
    const recoveryMicros = BigInt(profile.recoveryPeriodSeconds) * SECOND;
    const dayMicros = recoveryMicros / 35n;
    if (now - this.#trimmedAtMicros < dayMicros) return;
    this.#trimmedAtMicros = now;
    for (const tableId of await tableIdsOf(path.store)) {
      await trimChanges(path.store.db, tableId, now - recoveryMicros - dayMicros);
    }
  }
}
