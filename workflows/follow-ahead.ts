/** Owns following a table with exports ahead of their loads: asked for at each step, loaded in order. */
import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { assert } from '../src/core/assert.js';
import type { Instant } from '../src/core/instant.js';
import type { NextExport } from '../src/core/next-export.js';
import type { Flight } from '../src/sync/flight.js';
import { currentPlan, departed, planFlight } from '../src/sync/flights.js';
import { entered, grounded, SyncPhase, windowLabel } from '../src/sync/table-sync-state.js';
import { requestOnce } from './ask-for-export.js';
import { shouldContinueAsNew } from './history-limit.js';
import { performLoad } from './perform-load.js';
import type { SyncRun } from './sync-run.js';

/**
 * Loads one window after the other until a signal wants something else, or the history is full. A pause
 * ends the asking at once; what is under way is loaded. What cannot be asked for is thrown once all
 * before it is loaded.
 */
export async function followAhead(run: SyncRun, beforeEach: () => void): Promise<void> {
  const asking = new Asking(run);
  try {
    while (!run.isOverruled() && !shouldContinueAsNew()) {
      const [first] = run.state.flights ?? [];
      if (first !== undefined) {
        beforeEach();
        await performLoad(run, first.scope, run.state.epoch);
        // It was left for a signal: what is under way is asked for again, when its time comes.
        if (run.state.flights?.[0] === first) run.update(grounded);
      } else if (asking.hasEnded) {
        asking.throwFailure();
        return;
      } else {
        await condition(
          () => run.state.flights !== undefined || asking.hasEnded || run.isOverruled(),
        );
      }
    }
  } finally {
    await asking.end();
  }
}

/** Asks for exports, each at the end of its window, until a signal wants something else. */
class Asking {
  readonly #run: SyncRun;
  readonly #scope = new CancellationScope();
  readonly #done: Promise<void>;
  #failure: Error | undefined;
  #isEnding = false;
  hasEnded = false;

  constructor(run: SyncRun) {
    this.#run = run;
    this.#done = this.#scope
      .run(() => this.#ask())
      .catch((error: unknown) => {
        if (isCancellation(error)) return;
        this.#failure = error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        this.hasEnded = true;
      });
  }

  /** What it could not ask for, if that was why it ended. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** A request in hand may be left: the same one is answered with the same export. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#scope.cancel();
    await this.#done;
  }

  async #ask(): Promise<void> {
    const run = this.#run;
    while (!run.isInterrupted() && !this.#isEnding) {
      const next = planned(run);
      if (next === undefined) {
        const { flights } = run.state;
        await condition(() => run.state.flights !== flights || run.isInterrupted());
      } else if (next.window.to > run.now()) {
        await this.#waitFor(next.window.to);
      } else {
        await this.#request(next);
      }
    }
  }

  /** Planned anew afterwards: a late worker finds a wider window by then. */
  async #waitFor(end: Instant): Promise<void> {
    const run = this.#run;
    const isIdle = run.state.flights === undefined;
    const next = { what: 'next export', at: end };
    run.update((state) =>
      isIdle ? entered(state, SyncPhase.following, next) : { ...state, nextEvent: next },
    );
    await run.sleepUntil(end);
  }

  async #request({ window, exportFrom }: NextExport): Promise<void> {
    const run = this.#run;
    const scope: Flight['scope'] = {
      kind: 'incremental',
      window,
      view: run.input.view,
      ...(exportFrom === undefined ? {} : { exportFrom }),
    };
    const { epoch } = run.state;
    const asked = await requestOnce(run, scope, epoch, `export ${windowLabel(window)}`);
    run.update((state) => departed(state, { scope, ...asked }));
  }
}

function planned(run: SyncRun): NextExport | undefined {
  const { state, input } = run;
  const { watermark } = state;
  const plan = currentPlan(state, input);
  assert(plan !== undefined && watermark !== undefined, 'a followed table has a plan');
  return planFlight({ ...state, watermark }, run.now(), plan, input.limits);
}
