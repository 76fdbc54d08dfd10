/** Owns the audits of a sync: when one is due, which is in hand, how the last one ended. */
import { addSeconds, type Instant } from '../core/instant.js';
import { auditBooked, type Ledger } from '../cost/ledger.js';
import { exportActions, NO_USAGE, withUse } from '../cost/load-usage.js';

/** What a sync knows of its audits; survives continue-as-new. */
export interface AuditState {
  /** The next one begins between two windows once this has come. */
  readonly dueAt: Instant;
  readonly inHand?: AuditInHand;
  readonly last?: AuditResult;
}

/** An audit that has begun. */
export interface AuditInHand {
  /** The watermark that table and lake are compared at. */
  readonly watermark: Instant;
  /** Of this audit alone: names its export. */
  readonly run: string;
  /** Once the export was asked for. */
  readonly exportArn?: string;
  /** Once the ledger has what it costs. */
  readonly isBooked?: boolean;
}

/** How table and lake compared. Counts alone: no history shall hold items. */
export interface AuditFindings {
  readonly tableItems: number;
  readonly lakeRows: number;
  /** Keys on which they do not agree. */
  readonly differences: number;
}

/** How an audit ended: with findings, or with the reason why there are none. */
export type AuditResult = {
  readonly watermark: Instant;
  readonly endedAt: Instant;
} & (AuditFindings | { readonly failure: string });

/** As much of a sync's state as audits go by. */
export interface AuditedState {
  readonly watermark?: Instant;
  readonly audit?: AuditState;
  readonly ledger?: Ledger;
}

/** The state with a first deadline, where it has none yet. */
export function auditsScheduled<S extends AuditedState>(
  state: S,
  now: Instant,
  everySeconds: number,
): S {
  if (state.audit !== undefined) return state;
  return { ...state, audit: { dueAt: addSeconds(now, everySeconds) } };
}

/** The audit in hand, or the one that begins now, named `run`; undefined while none is due. */
export function auditToDo(
  { audit, watermark }: AuditedState,
  now: Instant,
  run: () => string,
): AuditInHand | undefined {
  if (audit?.inHand !== undefined) return audit.inHand;
  if (audit === undefined || watermark === undefined || audit.dueAt > now) return undefined;
  return { watermark, run: run() };
}

/** An audit is in hand, as far as it has come. */
export function auditing<S extends AuditedState>(state: S, inHand: AuditInHand): S {
  return state.audit === undefined ? state : { ...state, audit: { ...state.audit, inHand } };
}

/** The export of the audit in hand has ended: it is booked once, also when the next run looks again. */
export function auditPaid<S extends AuditedState>(
  state: S,
  { billedSizeBytes, looks = 1 }: { readonly billedSizeBytes: number; readonly looks?: number },
  at: Instant,
): S {
  const { audit, ledger } = state;
  if (audit?.inHand === undefined || audit.inHand.isBooked === true) return state;
  // Its requests to S3 are few beside the export.
  const usage = withUse(NO_USAGE, { actions: exportActions(looks) + AUDIT_ACTIONS });
  return {
    ...state,
    audit: { ...audit, inHand: { ...audit.inHand, isBooked: true } },
    ledger: auditBooked(ledger, { ...usage, billedSizeBytes }, at),
  };
}

/** The comparison and the deletion of its export. */
const AUDIT_ACTIONS = 2;

/** The audit in hand has ended; the next is due a whole period later. */
export function audited<S extends AuditedState>(
  state: S,
  last: AuditResult,
  everySeconds: number,
): S {
  return { ...state, audit: { dueAt: addSeconds(last.endedAt, everySeconds), last } };
}

/** How the last audit ended, in a sentence without its end. */
export function auditText(tableName: string, result: AuditResult): string {
  const { watermark } = result;
  if ('failure' in result) return `none at ${watermark}: ${result.failure}`;
  const { tableItems, lakeRows, differences } = result;
  const rows = `${lakeRows.toLocaleString('en-US')} rows`;
  if (differences === 0) return `equal at ${watermark}, ${rows} compared`;
  const keys = `${differences.toLocaleString('en-US')} key${differences === 1 ? '' : 's'}`;
  const items = `${tableItems.toLocaleString('en-US')} items`;
  return `table and lake differ on ${keys} at ${watermark} (${items}, ${rows}); \`tidemark verify ${tableName}\` tells which`;
}
