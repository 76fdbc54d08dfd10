/** Owns what a thread and its process say to each other about a run of data files. */
import { TidemarkError, messageOf, type ErrorCode } from '../../core/errors.js';
import type { FileRun } from './file-runs.js';
import type { WriteTask, WrittenRun } from './write-run.js';

/** What a thread can be told to do, each with what comes of it. */
export interface RunTasks {
  sample: { readonly task: SampleTask; readonly result: string };
  profile: { readonly task: ProfileTask; readonly result: string };
  write: { readonly task: WriteTask; readonly result: WrittenRun };
}

/** Gives the text of the evidence of all files. */
export interface ProfileTask extends FileRun {
  readonly kind: 'profile';
  readonly keyAttributes: readonly string[];
  /** Attributes whose values leave no evidence. */
  readonly unseen: readonly string[];
}

/** Gives the text of the evidence of the first files, up to so many bytes of their text. */
export interface SampleTask extends FileRun {
  readonly kind: 'sample';
  readonly keyAttributes: readonly string[];
  readonly unseen: readonly string[];
  readonly textBytes: number;
}

export type RunTask = RunTasks[keyof RunTasks]['task'];
export type RunResult = RunTasks[keyof RunTasks]['result'];

/** To the thread: a task, and then the bytes of its files as it asks for them. */
export type ToThread =
  | { readonly type: 'task'; readonly task: RunTask }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'failed'; readonly error: SentError };

/** From the thread. After `done` or `failed` it waits for another task. */
export type FromThread =
  /** Asks for the file at this place of the task's files. */
  | { readonly type: 'open'; readonly index: number }
  /** Asks for one more piece of the file opened last. */
  | { readonly type: 'pull' }
  | { readonly type: 'records'; readonly count: number }
  | { readonly type: 'done'; readonly result: RunResult }
  | { readonly type: 'failed'; readonly error: SentError };

/** An error as it goes between threads: copied, one of ours would be a plain Error. */
export interface SentError {
  readonly message: string;
  readonly stack?: string;
  readonly details?: {
    readonly code: ErrorCode;
    readonly subject: string;
    readonly retryable: boolean;
    readonly hint?: string;
    readonly retryAfterSeconds?: number;
  };
}

export function sentError(thrown: unknown): SentError {
  const message = messageOf(thrown);
  if (!(thrown instanceof Error)) return { message };
  const stack = thrown.stack ?? message;
  if (!(thrown instanceof TidemarkError)) return { message, stack };
  const { code, subject, retryable, hint, retryAfterSeconds } = thrown;
  return {
    message,
    stack,
    details: {
      code,
      subject,
      retryable,
      ...(hint === undefined ? {} : { hint }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
  };
}

/** The error that {@link sentError} was given, with the stack it had there. */
export function receivedError({ message, stack, details }: SentError): Error {
  const error = details === undefined ? new Error(message) : new TidemarkError(message, details);
  if (stack !== undefined) error.stack = stack;
  return error;
}
