/** Owns the rules of a commit: what may follow what is in the lake. */
import { assert } from '../core/assert.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import { followsPartOfSecond, WHOLE_SECOND_HINT } from '../export/part-of-second.js';
import { CHANGE_KINDS } from './column-type.js';
import type { BatchReport, ChangeCounts, CommitRecord } from './commit-record.js';
import { watermarkOf, type Load } from './load.js';

/** What of the lake's state a commit is judged by. */
export interface LakePosition {
  readonly tableId: string;
  readonly baseExportTime: Instant;
  /** Exclusive end of what is committed. */
  readonly watermark: Instant;
  /** That of the base, if nothing but the base is there: see `ExportScope`. */
  readonly takenAt?: string;
}

/**
 * Whether `load` may be committed onto `position` (undefined: an empty lake), or already is.
 *
 * A full load at T counts unless a base at or after T is there, or windows of the same table past T. A window counts when it begins at
 * the watermark; one that ends at or before the watermark is covered. Else BrokenContinuity, as for
 * any window on a base that was taken within a second; or TableReplaced when the base is of a table
 * with another id.
 */
export function decideCommit(
  position: LakePosition | undefined,
  load: Load,
): 'commit' | 'already-committed' {
  const { scope } = load;
  if (scope.kind === 'full') {
    if (position === undefined) return 'commit';
    const isNewer = position.baseExportTime < scope.exportTime;
    const isBehind = position.tableId === load.tableId && scope.exportTime < position.watermark;
    return isNewer && !isBehind ? 'commit' : 'already-committed';
  }
  const { from, to } = scope.window;
  const subject = `window ${from}–${to}`;
  if (position === undefined) {
    throw new TidemarkError(`The ${subject} has no full load to follow.`, {
      code: ErrorCode.BrokenContinuity,
      subject,
      hint: 'Load a full export first.',
    });
  }
  if (position.tableId !== load.tableId) {
    throw new TidemarkError(
      `The ${subject} is of table id ${load.tableId}, the lake of ${position.tableId}.`,
      {
        code: ErrorCode.TableReplaced,
        subject,
        hint: 'The table was re-created; resync to load it anew.',
      },
    );
  }
  if (position.watermark === from) {
    if (position.takenAt !== undefined) {
      throw new TidemarkError(followsPartOfSecond(subject, position.takenAt), {
        code: ErrorCode.BrokenContinuity,
        subject,
        hint: WHOLE_SECOND_HINT,
      });
    }
    return 'commit';
  }
  if (position.watermark >= to) return 'already-committed';
  throw new TidemarkError(
    `The ${subject} does not follow the lake's watermark ${position.watermark}.`,
    {
      code: ErrorCode.BrokenContinuity,
      subject,
      hint: `Load the window that begins at ${position.watermark}.`,
    },
  );
}

/**
 * The record that commits `reports`, one for each batch in order.
 * CorruptExport unless they cover the manifest without gap or overlap and come to its item count.
 */
export function commitRecord(
  load: Load,
  reports: readonly BatchReport[],
  committedAt: Instant,
): CommitRecord {
  checkBatches(load, reports);
  const [first] = reports;
  assert(first !== undefined, 'a load has at least one batch');
  const schemas = new Set(reports.map((report) => JSON.stringify(report.schema)));
  if (schemas.size > 1) throw miscounted(load, 'its batches were written with different schemas');
  return {
    formatVersion: 1,
    scope: load.scope,
    watermark: watermarkOf(load.scope),
    tableId: load.tableId,
    epoch: load.epoch,
    exportArn: load.exportArn,
    manifestMd5: load.manifestMd5,
    itemCount: load.itemCount,
    counts: sumCounts(reports.map((report) => report.counts)),
    restRows: reports.reduce((sum, report) => sum + report.restRows, 0),
    parts: reports.flatMap((report) => report.parts),
    schema: first.schema,
    committedAt,
  };
}

/**
 * CorruptExport unless the batches of `reports`, in order, cover the manifest without gap or overlap
 * and come to its item count.
 */
export function checkBatches(
  load: Load,
  reports: readonly Pick<BatchReport, 'batch' | 'rows'>[],
): void {
  let nextFile = 0;
  for (const { batch, rows } of reports) {
    if (batch.firstFile !== nextFile) {
      throw miscounted(
        load,
        `batch ${batch.index} begins at file ${batch.firstFile}, not ${nextFile}`,
      );
    }
    if (rows !== batch.itemCount) {
      throw miscounted(load, `batch ${batch.index} has ${rows} rows, not ${batch.itemCount}`);
    }
    nextFile += batch.fileCount;
  }
  const rows = reports.reduce((sum, report) => sum + report.rows, 0);
  if (rows !== load.itemCount) {
    throw miscounted(load, `it has ${rows} rows where the manifest counts ${load.itemCount}`);
  }
}

/** The rows of several batches together. */
export function sumCounts(counts: readonly ChangeCounts[]): ChangeCounts {
  return counts.reduce(addCounts, noCounts());
}

/** No rows of any kind. */
export function noCounts(): ChangeCounts {
  return { load: 0, insert: 0, update: 0, delete: 0, upsert: 0 };
}

function addCounts(a: ChangeCounts, b: ChangeCounts): ChangeCounts {
  const sum = noCounts();
  for (const kind of CHANGE_KINDS) sum[kind] = a[kind] + b[kind];
  return sum;
}

/** A batch's files or its word of them are not there; `problem` goes on after "cannot be committed:". */
export function notWritten(load: Load, problem: string): TidemarkError {
  return new TidemarkError(`The load of ${load.exportArn} cannot be committed: ${problem}.`, {
    code: ErrorCode.NotFound,
    subject: load.exportArn,
    hint: 'Write every batch of the load, then commit it.',
  });
}

function miscounted(load: Load, problem: string): TidemarkError {
  return new TidemarkError(`The load of ${load.exportArn} cannot be committed: ${problem}.`, {
    code: ErrorCode.CorruptExport,
    subject: load.exportArn,
    hint: 'Write all batches of the load again, planned alike.',
  });
}
