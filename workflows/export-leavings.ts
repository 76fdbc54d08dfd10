/** Owns deleting the exports that a sync leaves behind: beside its windows, never in their way. */
import { condition, isCancellation, log, rootCause, TemporalFailure } from '@temporalio/workflow';
import { deletionBooked } from '../src/cost/ledger.js';
import { NO_USAGE, withUse } from '../src/cost/load-usage.js';
import type { Instant } from '../src/core/instant.js';
import type { Leaving } from '../src/sync/leaving.js';
import { deletable, leavingsDue, settledLeavings, undeletable } from '../src/sync/leavings.js';
import { deletions } from './activity-proxies.js';
import type { SyncRun } from './sync-run.js';

/** Exports deleted by one activity. */
const AT_ONCE = 50;

/**
 * Nothing of it happens without `keepExportsSeconds` in the sync's input, so that syncs that began before
 * exports were deleted replay as they ran, and keep theirs.
 */
export class ExportLeavings {
  readonly #run: SyncRun;
  /** The commit after which it was last tried. */
  #triedAfter: Instant | undefined;
  #isDeleting = false;

  constructor(run: SyncRun) {
    this.#run = run;
  }

  /** Deletes what is due after each commit, for as long as the run lasts. */
  async watch(): Promise<void> {
    if (this.#run.input.keepExportsSeconds === undefined) return;
    for (;;) {
      await condition(() => this.#hasWork());
      this.#isDeleting = true;
      try {
        await this.#deleteDue();
      } finally {
        this.#isDeleting = false;
      }
    }
  }

  /** Resolves when the run may end and another go on. */
  async settled(): Promise<void> {
    await condition(() => !this.#isDeleting);
  }

  /** Resolves when what is due by now was tried: when the sync may end. */
  async finished(): Promise<void> {
    if (this.#run.input.keepExportsSeconds === undefined) return;
    await condition(() => !this.#isDeleting && !this.#hasWork());
  }

  #hasWork(): boolean {
    const { state } = this.#run;
    const isNew = state.recentLoads[0]?.committedAt !== this.#triedAfter;
    return isNew && state.table !== undefined && leavingsDue(state, this.#run.now()).length > 0;
  }

  /** A deletion that is refused ends it until the next commit: the others would be, too. */
  async #deleteDue(): Promise<void> {
    const run = this.#run;
    this.#triedAfter = run.state.recentLoads[0]?.committedAt;
    const due = leavingsDue(run.state, run.now());
    for (let start = 0; start < due.length; start += AT_ONCE) {
      try {
        await this.#delete(due.slice(start, start + AT_ONCE));
      } catch (error) {
        if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
        const message = rootCause(error) ?? error.message;
        log.warn(`exports were not deleted: ${message}`);
        run.update((state) => undeletable(state, message, run.now()));
        return;
      }
    }
    run.update(deletable);
  }

  async #delete(exports: readonly Leaving[]): Promise<void> {
    const run = this.#run;
    const { table } = run.state;
    if (table === undefined) return;
    const count = exports.length === 1 ? 'an export' : `${exports.length} exports`;
    const { settled, requests } = await deletions.deleteExports.executeWithOptions(
      { summary: `delete ${count}` },
      [{ ...run.tableRef, table, exports }],
    );
    const usage = withUse(withUse(NO_USAGE, { actions: 1 }), requests ?? {});
    run.update((state) => ({
      ...settledLeavings(state, settled),
      ledger: deletionBooked(state.ledger, usage, run.now()),
    }));
  }
}
