/** Owns the exit codes that scripts can go by. */
import { TidemarkError, type ErrorCode } from '../core/errors.js';

/** What a process of ours ends with. */
export const ExitCode = {
  ok: 0,
  /** Something went wrong, or a comparison found a difference. */
  failed: 1,
  /** The command line or the configuration cannot be used. */
  usage: 2,
  /** A server, AWS, a port or a program that is needed is not to be had. */
  unavailable: 3,
  /** No such table, bucket, sync, export, DAG or run. */
  notFound: 4,
  /** Ended by a second Ctrl-C, or by the first before all was up. */
  interrupted: 130,
} as const;
/** One of {@link ExitCode}. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The exit codes as the help tells them. */
export const EXIT_CODES_HELP = [
  '0  done',
  '1  failed, or found a difference',
  '2  the command line or the configuration cannot be used',
  '3  Temporal, AWS, a port or a program is not to be had',
  '4  no such table, bucket, sync, export, DAG or run',
] as const;

const EXIT_CODES: Readonly<Partial<Record<ErrorCode, ExitCode>>> = {
  InvalidConfig: ExitCode.usage,
  InvalidUsage: ExitCode.usage,
  InvalidWindow: ExitCode.usage,
  Unreachable: ExitCode.unavailable,
  PortTaken: ExitCode.unavailable,
  MissingProgram: ExitCode.unavailable,
  NotFound: ExitCode.notFound,
  TableNotFound: ExitCode.notFound,
  BucketNotFound: ExitCode.notFound,
};

/** The exit code for anything that was thrown. */
export function exitCodeOf(thrown: unknown): ExitCode {
  const code = thrown instanceof TidemarkError ? EXIT_CODES[thrown.code] : undefined;
  return code ?? ExitCode.failed;
}
