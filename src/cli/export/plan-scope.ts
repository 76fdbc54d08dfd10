/** Owns what a single export covers: the times given, checked before DynamoDB is asked. */
import { durationText } from '../../config/duration.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import {
  addSeconds,
  instantOfMillis,
  parseInstant,
  secondsBetween,
  type Instant,
} from '../../core/instant.js';
import type { ExportScope, PitrState } from '../../export/table-exports.js';
import type { TableSyncInput } from '../../sync/table-sync-input.js';

/** Times as they were given. */
export interface GivenTimes {
  readonly at?: string;
  readonly from?: string;
  readonly to?: string;
}

/** What the times are checked against. */
export interface ScopeContext {
  readonly input: Pick<TableSyncInput, 'tableName' | 'limits' | 'view' | 'windowSeconds'>;
  readonly pitr: PitrState;
  readonly nowMs: number;
}

/** InvalidUsage says which time cannot be, and which could. */
export function planScope(given: GivenTimes, context: ScopeContext): ExportScope {
  const { pitr, input } = context;
  if (given.at !== undefined && (given.from ?? given.to) !== undefined) {
    throw unlawful(
      '--at is for a full export, --from and --to are for an incremental one.',
      'Give the one or the other.',
    );
  }
  if (!pitr.enabled) {
    throw new TidemarkError(
      `Point-in-time recovery of ${input.tableName} is off, and exports need it.`,
      {
        code: ErrorCode.PitrUnavailable,
        subject: input.tableName,
        hint: `Switch it on: aws dynamodb update-continuous-backups --table-name ${input.tableName} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
      },
    );
  }
  return given.from === undefined && given.to === undefined
    ? fullScope(given.at, pitr)
    : windowScope(given, pitr, context);
}

type EnabledPitr = Extract<PitrState, { readonly enabled: true }>;

function fullScope(at: string | undefined, pitr: EnabledPitr): ExportScope {
  const exportTime = at === undefined ? pitr.latestRestorable : timeOf('--at', at);
  if (exportTime < pitr.earliestRestorable || exportTime > pitr.latestRestorable) {
    throw unlawful(
      `--at is ${exportTime}; the table can be restored to ${pitr.earliestRestorable} up to ${pitr.latestRestorable}.`,
      'Give a time in that range, or leave out --at.',
    );
  }
  return { kind: 'full', exportTime };
}

function windowScope(given: GivenTimes, pitr: EnabledPitr, context: ScopeContext): ExportScope {
  const { input, nowMs } = context;
  const { minWindowSeconds, maxWindowSeconds } = input.limits;
  const to = given.to === undefined ? instantOfMillis(nowMs) : timeOf('--to', given.to);
  const from =
    given.from === undefined ? addSeconds(to, -input.windowSeconds) : timeOf('--from', given.from);
  const length = secondsBetween(from, to);
  if (length <= 0)
    throw unlawful(`--from ${from} is not before --to ${to}.`, 'Give the earlier time to --from.');
  if (length < minWindowSeconds || length > maxWindowSeconds) {
    const range = `${durationText(minWindowSeconds)} to ${durationText(maxWindowSeconds)}`;
    throw unlawful(
      `From ${from} to ${to} are ${durationText(length)}; a window lasts ${range}.`,
      'Move --from or --to.',
    );
  }
  if (to > instantOfMillis(nowMs)) {
    throw unlawful(
      `--to ${to} lies in the future.`,
      'Give a time that has passed, or leave out --to.',
    );
  }
  if (from < pitr.earliestRestorable) {
    throw unlawful(
      `--from is ${from}; recovery of the table reaches back to ${pitr.earliestRestorable} only.`,
      'Give a later time to --from.',
    );
  }
  return { kind: 'incremental', window: { from, to }, view: input.view };
}

function timeOf(option: string, text: string): Instant {
  const instant = parseInstant(text);
  if (instant !== undefined) return instant;
  throw unlawful(
    `${option} is "${text}"; it must be a time in whole seconds with its zone, such as 2026-11-24T08:00:00Z.`,
    'Write it so.',
  );
}

function unlawful(message: string, hint: string): TidemarkError {
  return new TidemarkError(message, { code: ErrorCode.InvalidUsage, subject: 'export', hint });
}
