/** Owns whether a lake's table can be compared with a full export of its DynamoDB table. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import type { PitrState, TableIdentity } from '../export/table-exports.js';

/**
 * Whether a full export of `watermark` can be taken by now; `wait` until the table can be restored
 * to it, some minutes on AWS. PitrUnavailable, WindowOutOfReach where it never can.
 */
export function reachOf(
  tableName: string,
  watermark: Instant,
  pitr: PitrState,
): 'reachable' | 'wait' {
  if (!pitr.enabled) {
    throw new TidemarkError(
      `Point-in-time recovery of ${tableName} is off, so no export of ${watermark} can be taken to compare the lake with.`,
      {
        code: ErrorCode.PitrUnavailable,
        subject: tableName,
        hint: `Its sync switches it on and loads the table anew; run the same once \`tidemark status ${tableName}\` shows a full load.`,
      },
    );
  }
  if (pitr.earliestRestorable > watermark) {
    throw new TidemarkError(
      `The lake has ${tableName} as of ${watermark}, and recovery of the table reaches back to ${pitr.earliestRestorable} only: no export of that time can be taken.`,
      {
        code: ErrorCode.WindowOutOfReach,
        subject: tableName,
        hint: `Let its sync go on, which takes a new full load by itself (\`tidemark status ${tableName}\` tells why it stands still), then run the same again.`,
      },
    );
  }
  return pitr.latestRestorable >= watermark ? 'reachable' : 'wait';
}

/** What of a lake's state {@link checkComparable} goes by. */
export interface ComparedState {
  readonly tableId: string;
  readonly watermark: Instant;
  readonly takenAt?: string;
}

/**
 * TableReplaced where the lake is of an older table of the same name. WindowOutOfReach where it is a
 * full export that was taken within a second: no export of ours holds the same part of one.
 */
export function checkComparable(state: ComparedState, table: TableIdentity): void {
  const { tableName } = table;
  if (state.tableId !== table.tableId) {
    throw new TidemarkError(
      `The lake has ${tableName} of table id ${state.tableId}, and the table there is now has id ${table.tableId}: it was deleted and created again.`,
      {
        code: ErrorCode.TableReplaced,
        subject: tableName,
        hint: `Let its sync go on, or \`tidemark resync ${tableName}\`, which loads it anew.`,
      },
    );
  }
  if (state.takenAt === undefined) return;
  throw new TidemarkError(
    `The lake has ${tableName} from a full export taken at ${state.takenAt}, and exports are taken of whole seconds: none would have the same items.`,
    {
      code: ErrorCode.WindowOutOfReach,
      subject: tableName,
      hint: 'Start its sync, which takes a full export of a whole second, then run the same again.',
    },
  );
}
