/** Owns one load of the table's sync: request, await, plan, profile, write, commit. */
import { ApplicationFailure, CancellationScope, sleep } from '@temporalio/workflow';
import type { LoadOrder } from '../activities/table/load-order.js';
import type { EndedExport } from '../activities/table/table-activities.js';
import { assert } from '../src/core/assert.js';
import type { ExportScope } from '../src/export/table-exports.js';
import { planFailedExport } from '../src/sync/plan-sync.js';
import {
  attemptSpent,
  clockTime,
  committed,
  entered,
  exportAttempt,
  SyncPhase,
  windowLabel,
  type TableSyncState,
} from '../src/sync/table-sync-state.js';
import { calls, works } from './activity-proxies.js';
import { forEachBounded } from './for-each-bounded.js';
import { isCorruptExport } from './sync-failure.js';
import type { SyncRun } from './sync-run.js';

interface Exported {
  readonly exportArn: string;
  readonly ended: Extract<EndedExport, { readonly status: 'COMPLETED' }>;
}

/**
 * Exports `scope` and commits it to the lake; the state's watermark follows the commit. Comes back
 * without, when a signal wants something else before the export is there.
 */
export async function performLoad(run: SyncRun, scope: ExportScope, epoch: number): Promise<void> {
  const label =
    scope.kind === 'full' ? `full at ${clockTime(scope.exportTime)}` : windowLabel(scope.window);
  const exported = await exportUntilCompleted(run, scope, epoch, label);
  if (exported === undefined) return;
  const { exportArn, ended } = exported;

  run.update((state) => working(state, SyncPhase.loading, `load ${label}`, exportArn));
  try {
    await load(run, scope, epoch, { exportArn, ended, label });
  } catch (error) {
    // Nobody can mend an export that does not verify: after a resume a new one is taken.
    if (isCorruptExport(error)) run.update((state) => attemptSpent(state, scope));
    throw error;
  }
}

async function load(
  run: SyncRun,
  scope: ExportScope,
  epoch: number,
  { exportArn, ended, label }: Exported & { readonly label: string },
): Promise<void> {
  const { table } = run.state;
  assert(table !== undefined, 'the table was opened before it is loaded');
  const { batchBytes, batchConcurrency } = run.input;
  const order: LoadOrder = {
    ...run.tableRef,
    table,
    scope,
    epoch,
    exportArn,
    manifestKey: ended.manifestKey,
    batchBytes,
  };
  const { batches } = await works.planLoad.executeWithOptions({ summary: `plan ${label}` }, [
    order,
  ]);
  const numbered = (what: string, batch: number): { summary: string } => ({
    summary: batches === 1 ? `${what} ${label}` : `${what} ${label} ${batch + 1}/${batches}`,
  });
  if (batches > 1) {
    await forEachBounded(batches, batchConcurrency, (batch) =>
      works.profileBatch.executeWithOptions(numbered('profile', batch), [order, batch, batches]),
    );
  }
  await forEachBounded(batches, batchConcurrency, (batch) =>
    works.writeBatch.executeWithOptions(numbered('write', batch), [order, batch, batches]),
  );
  // A stop waits for a commit in hand: one that lands after the sync's end would find the lake moved.
  const receipt = await CancellationScope.nonCancellable(() =>
    works.commitLoad.executeWithOptions({ summary: `commit ${label}` }, [order, batches]),
  );
  run.learn(receipt.committedAt);
  // Invariant: the commit decides, and the workflow's watermark follows it.
  run.update((state) =>
    committed(
      state,
      {
        kind: scope.kind,
        ...(scope.kind === 'full' ? {} : { from: scope.window.from }),
        to: receipt.watermark,
        rows: receipt.rows,
        tombstones: receipt.tombstones,
        sizeBytes: receipt.sizeBytes,
        billedSizeBytes: ended.billedSizeBytes,
        committedAt: receipt.committedAt,
      },
      epoch,
    ),
  );
}

async function exportUntilCompleted(
  run: SyncRun,
  scope: ExportScope,
  epoch: number,
  label: string,
): Promise<Exported | undefined> {
  for (let failures = 1; ; failures++) {
    run.update((state) => working(state, SyncPhase.exporting, `export ${label}`));
    const { table } = run.state;
    assert(table !== undefined, 'the table was opened before it is exported');
    const { exportArn } = await calls.requestExport.executeWithOptions(
      { summary: `export ${label}` },
      [{ ...run.tableRef, table, scope, epoch, attempt: exportAttempt(run.state, scope) }],
    );
    run.update((state) => working(state, SyncPhase.exporting, `export ${label}`, exportArn));
    const ended = await calls.awaitExport.executeWithOptions({ summary: `await ${label}` }, [
      { ref: run.tableRef, exportArn, pollSeconds: run.input.pollSeconds },
    ]);
    if (ended.status === 'COMPLETED') return { exportArn, ended };
    run.update((state) => attemptSpent(state, scope));
    const plan = planFailedExport(ended.failureCode, failures, run.input.pollSeconds);
    if (plan.kind === 'park') {
      throw ApplicationFailure.create({
        type: 'ExportFailed',
        nonRetryable: true,
        message: `Export ${exportArn} ended FAILED: ${ended.failureCode}: ${ended.failureMessage}`,
        details: [{ hint: `Check bucket ${run.input.exportBucket}, its policy and its key.` }],
      });
    }
    await sleep(plan.delaySeconds * 1000, { summary: `retry ${label} after ${ended.failureCode}` });
    if (run.isInterrupted()) return undefined;
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
