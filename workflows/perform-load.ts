/** Owns one load of the table's sync: a run of the DAG that exports, plans, profiles, writes, commits. */
import { ApplicationFailure, CancellationScope } from '@temporalio/workflow';
import type { LoadOrder } from '../activities/table/load-order.js';
import type { Counted } from '../activities/table/table-activities.js';
import {
  exportActions,
  exportWrites,
  loadActions,
  NO_USAGE,
  TIMER_ACTIONS,
  withUse,
  type LoadUsage,
} from '../src/cost/load-usage.js';
import { lookInterval } from '../src/cost/window-use.js';
import { millisOf, type Instant } from '../src/core/instant.js';
import { viewRun } from '../src/dag/engine/run-view.js';
import { tableLoad, type ExportedTable, type LoadPart } from '../src/dags/table-load.js';
import type { ExportScope } from '../src/export/table-exports.js';
import { renderTasks } from '../src/scheduling/render-run.js';
import { widthInHand } from '../src/sync/flights.js';
import { outlived } from '../src/sync/leavings.js';
import { planFailedExport } from '../src/sync/plan-failed-export.js';
import {
  attemptSpent,
  attemptTaken,
  clockTime,
  committed,
  entered,
  exportTook,
  SyncPhase,
  windowLabel,
  type TableSyncState,
} from '../src/sync/table-sync-state.js';
import { calls, commits, works } from './activity-proxies.js';
import { openedTable, requestOnce } from './ask-for-export.js';
import { runDag } from './run-dag.js';
import { isCorruptExport } from './sync-failure.js';
import type { SyncRun } from './sync-run.js';

/**
 * Exports `scope` and commits it to the lake; the state's watermark follows the commit. Comes back
 * without, when a signal wants something else before the export is there.
 */
export async function performLoad(run: SyncRun, scope: ExportScope, epoch: number): Promise<void> {
  const load = new TableLoad(run, scope, epoch);
  const dag = tableLoad(
    scope.kind === 'full' ? 'full_load' : 'table_window',
    { batchConcurrency: run.input.batchConcurrency },
    {
      export: (skip) => load.export(skip),
      plan: (exported) => load.plan(exported),
      profile: (exported, part) => load.profile(exported, part),
      write: (exported, part) => load.write(exported, part),
      commit: (exported, batches) => load.commit(exported, batches),
    },
  );
  const dataInterval = intervalOf(scope);
  const { status, thrown } = await runDag(
    dag,
    {
      runId: dataInterval.end,
      dataInterval,
      logicalDate: dataInterval.start,
      params: null,
      assetEvents: [],
    },
    {
      nowMs: millisOf(run.now()),
      onChange: ({ graph, state }) => {
        run.showLoad(
          state.status === 'running' ? renderTasks(viewRun(graph, state), []) : undefined,
        );
      },
    },
  );
  if (status === 'success') return;
  // Nobody can mend an export that does not verify: after a resume a new one is taken.
  if (isCorruptExport(thrown)) run.update((state) => attemptSpent(state, scope));
  throw thrown;
}

function intervalOf(scope: ExportScope): { readonly start: Instant; readonly end: Instant } {
  return scope.kind === 'full'
    ? { start: scope.exportTime, end: scope.exportTime }
    : { start: scope.window.from, end: scope.window.to };
}

/** The bodies of one load; each calls activities, and the sync's state follows. */
class TableLoad {
  readonly #run: SyncRun;
  readonly #scope: ExportScope;
  readonly #epoch: number;
  readonly #label: string;
  #failures = 0;
  #usage = withUse(NO_USAGE, { actions: TIMER_ACTIONS });
  #broken: Error | undefined;

  constructor(run: SyncRun, scope: ExportScope, epoch: number) {
    this.#run = run;
    this.#scope = scope;
    this.#epoch = epoch;
    this.#label =
      scope.kind === 'full' ? `full at ${clockTime(scope.exportTime)}` : windowLabel(scope.window);
  }

  async export(skip: (reason: string) => never): Promise<ExportedTable> {
    const run = this.#run;
    const scope = this.#scope;
    if (this.#failures > 0 && run.isInterrupted()) skip('a signal wants something else');
    const what = `export ${this.#label}`;
    run.update((state) => working(state, SyncPhase.exporting, what));
    const asked = await requestOnce(run, scope, this.#epoch, what);
    const { exportArn } = asked;
    run.update((state) =>
      working(attemptTaken(state, scope, asked.attempt), SyncPhase.exporting, what, exportArn),
    );
    const ended = await calls.awaitExport.executeWithOptions({ summary: `await ${this.#label}` }, [
      { ref: run.tableRef, exportArn, pollSeconds: this.#lookSeconds() },
    ]);
    this.#use({ actions: exportActions(ended.looks ?? 1) });
    if (ended.status === 'COMPLETED') {
      const { manifestKey, billedSizeBytes, exportSeconds } = ended;
      if (scope.kind === 'incremental' && exportSeconds !== undefined) {
        run.update((state) => exportTook(state, exportSeconds));
      }
      return { exportArn, manifestKey, billedSizeBytes };
    }
    run.update((state) => attemptSpent(state, scope));
    this.#failures += 1;
    this.#use({ actions: TIMER_ACTIONS });
    if (ended.seenAt !== undefined) run.learn(ended.seenAt);
    const { exportBucket: bucket, pollSeconds } = run.input;
    const { failureCode, failureMessage } = ended;
    const plan = planFailedExport({ failureCode, failures: this.#failures, bucket }, pollSeconds);
    throw ApplicationFailure.create({
      type: 'ExportFailed',
      message: `Export ${exportArn} ended FAILED: ${failureCode}: ${failureMessage}`,
      ...(plan.kind === 'park'
        ? { nonRetryable: true, details: [{ hint: plan.hint }] }
        : { nextRetryDelay: plan.delaySeconds * 1000 }),
    });
  }

  async plan(exported: ExportedTable): Promise<readonly LoadPart[]> {
    const { exportArn } = exported;
    this.#run.update((state) =>
      working(state, SyncPhase.loading, `load ${this.#label}`, exportArn),
    );
    const { batches, files, requests } = await works.planLoad.executeWithOptions(
      { summary: `plan ${this.#label}` },
      [this.#order(exported)],
    );
    this.#use({ actions: loadActions(batches), writes: exportWrites(files) });
    this.#use(requests);
    return Array.from({ length: batches }, (_part, batch) => ({ batch, batches }));
  }

  /** A load of one batch settles its types as it writes. */
  async profile(exported: ExportedTable, part: LoadPart): Promise<void> {
    if (part.batches === 1) return;
    await this.#unlessBroken(() =>
      works.profileBatch.executeWithOptions(this.#summary('profile', part), [
        this.#order(exported),
        part.batch,
        part.batches,
      ]),
    );
  }

  async write(exported: ExportedTable, part: LoadPart): Promise<void> {
    await this.#unlessBroken(() =>
      works.writeBatch.executeWithOptions(this.#summary('write', part), [
        this.#order(exported),
        part.batch,
        part.batches,
      ]),
    );
  }

  async commit(exported: ExportedTable, batches: number): Promise<void> {
    const scope = this.#scope;
    // A stop waits for a commit in hand: one that lands after the sync's end would find the lake moved.
    const receipt = await CancellationScope.nonCancellable(() =>
      commits.commitLoad.executeWithOptions({ summary: `commit ${this.#label}` }, [
        this.#order(exported),
        batches,
      ]),
    );
    this.#use(receipt.requests);
    this.#run.learn(receipt.committedAt);
    // Invariant: the commit decides, and the workflow's watermark follows it.
    this.#run.update((state) =>
      this.#outlived(
        committed(
          state,
          {
            kind: scope.kind,
            ...(scope.kind === 'full' ? {} : { from: scope.window.from }),
            to: receipt.watermark,
            rows: receipt.rows,
            tombstones: receipt.tombstones,
            sizeBytes: receipt.sizeBytes,
            billedSizeBytes: exported.billedSizeBytes,
            committedAt: receipt.committedAt,
            usage: this.#usage,
          },
          this.#epoch,
        ),
        receipt.committedAt,
      ),
    );
  }

  #outlived(state: TableSyncState, committedAt: Instant): TableSyncState {
    const { keepExportsSeconds } = this.#run.input;
    if (keepExportsSeconds === undefined) return state;
    return outlived(state, committedAt, keepExportsSeconds);
  }

  #lookSeconds(): number {
    const { state, input } = this.#run;
    if (this.#scope.kind === 'full') return input.pollSeconds;
    // By the width that was meant: a backlog's windows are wide, too, but somebody waits for them.
    return lookInterval(widthInHand(state, input), input.pollSeconds);
  }

  #use(more: Partial<LoadUsage> | undefined): void {
    this.#usage = withUse(this.#usage, more ?? {});
  }

  /** A batch that no retry can mend parks the sync: the others need not be tried first. */
  async #unlessBroken(work: () => Promise<Counted | undefined>): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      // Profiles had no answer at all before requests were counted.
      this.#use((await work())?.requests);
    } catch (error) {
      if (error instanceof Error) this.#broken ??= error;
      throw error;
    }
  }

  #order({ exportArn, manifestKey }: ExportedTable): LoadOrder {
    const { tableRef, input } = this.#run;
    return {
      ...tableRef,
      table: openedTable(this.#run),
      scope: this.#scope,
      epoch: this.#epoch,
      exportArn,
      manifestKey,
      batchBytes: input.batchBytes,
    };
  }

  #summary(what: string, { batch, batches }: LoadPart): { readonly summary: string } {
    const count = batches === 1 ? '' : ` ${batch + 1}/${batches}`;
    return { summary: `${what} ${this.#label}${count}` };
  }
}

function working(
  state: TableSyncState,
  phase: SyncPhase,
  label: string,
  exportArn?: string,
): TableSyncState {
  return {
    ...entered(state, phase),
    current: { label, ...(exportArn === undefined ? {} : { exportArn }) },
  };
}
