/** Owns the one error base: what went wrong, on what, whether trying again can help, what to do. */

/** Every code an error of ours may carry; scripts and the workflow decide by it. */
export const ErrorCode = {
  /** The table does not exist in this account and Region. */
  TableNotFound: 'TableNotFound',
  /** Point-in-time recovery is off, or was switched off and on. */
  PitrUnavailable: 'PitrUnavailable',
  /** PITR no longer reaches back to the watermark: only a new full export helps. */
  WindowOutOfReach: 'WindowOutOfReach',
  /** The table under this name is another one than was followed (its tableId changed). */
  TableReplaced: 'TableReplaced',
  /** A key that the lake's table has no exact type for: only a new full load finds one. */
  KeyOutgrown: 'KeyOutgrown',
  /** The service refuses the window's length or times. */
  InvalidWindow: 'InvalidWindow',
  /** The client token stands for another export: a new one is needed. */
  TokenTaken: 'TokenTaken',
  /** Not possible yet (still exporting, not restorable yet): ask again later. */
  NotYet: 'NotYet',
  /** The export ended FAILED; the message carries FailureCode and FailureMessage. */
  ExportFailed: 'ExportFailed',
  /** A bucket that does not exist, or a policy or key that denies. */
  BucketNotFound: 'BucketNotFound',
  AccessDenied: 'AccessDenied',
  /** An export file, manifest or count that does not verify. */
  CorruptExport: 'CorruptExport',
  /** An object of the lake's own that cannot be read, or is gone though a commit names it. */
  CorruptLake: 'CorruptLake',
  /** A commit that does not continue the lake's watermark. */
  BrokenContinuity: 'BrokenContinuity',
  /** Configuration or command line that cannot be used. */
  InvalidConfig: 'InvalidConfig',
  InvalidUsage: 'InvalidUsage',
  /** A disk of this machine that has no room. */
  DiskFull: 'DiskFull',
  /** A port that another process holds. */
  PortTaken: 'PortTaken',
  /** Temporal or AWS cannot be reached. */
  Unreachable: 'Unreachable',
  /** A program that has to be there and could not be found or fetched. */
  MissingProgram: 'MissingProgram',
  /** No such workflow, table sync, lake table or export. */
  NotFound: 'NotFound',
  /** The service asks to slow down. */
  Throttled: 'Throttled',
  /** As much is in progress in the Region as the service allows: there is room once some of it ends. */
  NoRoom: 'NoRoom',
} as const;
/** One of {@link ErrorCode}. */
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** The parts of a {@link TidemarkError} besides its message. */
export interface ErrorDetails {
  readonly code: ErrorCode;
  /** What it happened on: a table, an ARN, a bucket, a file. */
  readonly subject: string;
  /** Whether the same call may succeed later with nobody changing anything. */
  readonly retryable?: boolean;
  /** What to do next, as one imperative sentence. */
  readonly hint?: string;
  /** When trying again first makes sense; the usual backoff when absent. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An error whose reader is a user: it says what, on what, and what next. */
export class TidemarkError extends Error {
  override readonly name = 'TidemarkError';
  readonly code: ErrorCode;
  readonly subject: string;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.subject = details.subject;
    this.retryable = details.retryable ?? false;
    this.hint = details.hint;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
