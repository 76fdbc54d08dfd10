/** Owns the audits of a table's sync: each beside the windows, at a watermark the lake has passed. */
import {
  CancellationScope,
  condition,
  isCancellation,
  log,
  rootCause,
  TemporalFailure,
  uuid4,
} from '@temporalio/workflow';
import type { AuditOrder } from '../activities/table/load-order.js';
import { assert } from '../src/core/assert.js';
import type { Instant } from '../src/core/instant.js';
import {
  audited,
  auditing,
  auditPaid,
  auditsScheduled,
  auditText,
  auditToDo,
  type AuditInHand,
  type AuditResult,
} from '../src/sync/audit-state.js';
import { audits, calls } from './activity-proxies.js';
import type { SyncRun } from './sync-run.js';

/**
 * Nothing of it happens without `auditEverySeconds` in the sync's input, so that syncs that began
 * before there were audits replay as they ran.
 */
export class TableAudit {
  readonly #run: SyncRun;
  /** The workflow's own: what a signal makes of the windows in hand shall not end an audit. */
  readonly #root = CancellationScope.current();
  #working: Promise<void> | undefined;
  #scope: CancellationScope | undefined;
  #isDeleting = false;

  constructor(run: SyncRun) {
    this.#run = run;
  }

  /** Begins the audit that is due, or goes on with one that another run began; waits for nothing. */
  look(): void {
    const run = this.#run;
    const every = run.input.auditEverySeconds;
    if (every === undefined || this.#working !== undefined) return;
    run.update((state) => auditsScheduled(state, run.now(), every));
    const inHand = auditToDo(run.state, run.now(), uuid4);
    if (inHand === undefined) return;
    run.update((state) => auditing(state, inHand));
    this.#scope = new CancellationScope({ cancellable: true, parent: this.#root });
    this.#working = this.#scope
      .run(() => this.#audit(inHand, every))
      .finally(() => {
        this.#working = undefined;
      });
  }

  /** Resolves when the run may end and another go on: not while an export is deleted. */
  async settled(): Promise<void> {
    await condition(() => !this.#isDeleting);
  }

  /** Drops the audit in hand; resolves when its export is deleted, if it had ended. */
  async dropped(): Promise<void> {
    this.#scope?.cancel();
    await this.#working;
  }

  async #audit(inHand: AuditInHand, everySeconds: number): Promise<void> {
    let result: AuditResult;
    try {
      result = await this.#compare(inHand);
    } catch (error) {
      if (isCancellation(error)) return;
      // Errors of our own code fail the task loudly.
      if (!(error instanceof TemporalFailure)) throw error;
      const failure = rootCause(error) ?? error.message;
      result = { watermark: inHand.watermark, endedAt: this.#run.now(), failure };
    }
    const { tableName } = this.#run.input;
    const text = `audit of ${tableName}: ${auditText(tableName, result)}`;
    const isWell = 'differences' in result && result.differences === 0;
    if (isWell) log.info(text);
    else log.warn(text);
    this.#run.update((state) => audited(state, result, everySeconds));
  }

  async #compare(inHand: AuditInHand): Promise<AuditResult> {
    const run = this.#run;
    const { tableRef, input } = run;
    const { table } = run.state;
    assert(table !== undefined, 'the table was opened before it is audited');
    const { watermark } = inHand;
    const exportArn = inHand.exportArn ?? (await this.#request({ ...tableRef, table, ...inHand }));
    run.update((state) => auditing(state, { ...inHand, exportArn }));
    const ended = await calls.awaitExport.executeWithOptions(
      { summary: `await export for audit` },
      [{ ref: tableRef, exportArn, pollSeconds: input.pollSeconds }],
    );
    if (ended.status === 'FAILED') {
      const failure = `export ${exportArn} ended FAILED: ${ended.failureCode}: ${ended.failureMessage}`;
      return { watermark, endedAt: run.now(), failure };
    }
    run.update((state) => auditPaid(state, ended, run.now()));
    const order = { ...tableRef, table, ...inHand, exportArn, manifestKey: ended.manifestKey };
    try {
      const { endedAt, ...findings } = await audits.compareExport.executeWithOptions(
        { summary: `audit at ${watermark}` },
        [order],
      );
      return { watermark, endedAt: this.#learnt(endedAt), ...findings };
    } finally {
      await this.#delete(order);
    }
  }

  async #request(order: AuditOrder): Promise<string> {
    const { exportArn } = await calls.requestAuditExport.executeWithOptions(
      { summary: `export for audit at ${order.watermark}` },
      [{ order, pollSeconds: this.#run.input.pollSeconds }],
    );
    return exportArn;
  }

  /** Also of an audit that was dropped; an export that stays costs its storage, no more. */
  async #delete(order: Parameters<typeof audits.deleteAuditExport>[0]): Promise<void> {
    this.#isDeleting = true;
    try {
      await CancellationScope.nonCancellable(() =>
        audits.deleteAuditExport.executeWithOptions({ summary: 'delete export of audit' }, [order]),
      );
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      log.warn(`export ${order.exportArn} was not deleted: ${rootCause(error) ?? ''}`);
    } finally {
      this.#isDeleting = false;
    }
  }

  #learnt(instant: Instant): Instant {
    this.#run.learn(instant);
    return instant;
  }
}
