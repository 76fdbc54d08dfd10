/** Owns telling, before anything is asked of a table, that it is not what its lake followed. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { secondsBetween, type Instant } from '../core/instant.js';
import type { ServiceLimits } from '../core/service-limits.js';
import type { PitrState, TableIdentity } from '../export/table-exports.js';
import { DEFAULT_ANSWERS, type LossAnswers } from './loss-answers.js';
import { recoverySeconds } from './recovery-reach.js';

/** What a sync followed, and what its user chose. */
export interface Followed {
  readonly tableId: string;
  readonly watermark: Instant;
  readonly answers: LossAnswers;
  readonly limits: ServiceLimits;
}

/**
 * The error that parks or ends a sync whose user chose that; undefined where it may go on, if need be
 * with a new full load. Before recovery is switched on: a table that is not followed is left alone.
 */
export function findLoss(
  table: TableIdentity,
  pitr: PitrState,
  now: Instant,
  followed: Followed,
): TidemarkError | undefined {
  const { onTableReplaced, onRecoveryOff } = { ...DEFAULT_ANSWERS, ...followed.answers };
  const { tableName } = table;
  const hint = `Signal \`resync\` to load ${tableName} anew over what the lake has of it, or \`stop\`.`;
  if (table.tableId !== followed.tableId) {
    if (onTableReplaced === 'resync') return undefined;
    const message = `Another table has the name ${tableName}: its id is ${table.tableId}, the lake is of ${followed.tableId}.`;
    return new TidemarkError(message, {
      code: ErrorCode.TableReplaced,
      subject: tableName,
      hint,
    });
  }
  if (onRecoveryOff === 'resync') return undefined;
  if (!pitr.enabled) {
    return new TidemarkError(`Point-in-time recovery of ${tableName} was switched off.`, {
      code: ErrorCode.PitrUnavailable,
      subject: tableName,
      hint,
    });
  }
  const { watermark, limits } = followed;
  const isRecent =
    secondsBetween(watermark, now) < recoverySeconds(limits, pitr.recoveryPeriodDays);
  if (pitr.earliestRestorable <= watermark || !isRecent) return undefined;
  return new TidemarkError(
    `Point-in-time recovery of ${tableName} was switched off and on: it reaches back to ${pitr.earliestRestorable}, the lake's watermark is ${watermark}.`,
    { code: ErrorCode.PitrUnavailable, subject: tableName, hint },
  );
}
