/** Owns what a refusal of the local disk means to a user. */
import { ErrorCode, TidemarkError, messageOf } from '../core/errors.js';

/** No space, no quota, or a limit on a file's size. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const DENIED = new Set(['EACCES', 'EPERM', 'EROFS']);

/** What to throw in the place of `thrown`, which came of a file in `directory`. */
export function diskTrouble(thrown: unknown, directory: string): unknown {
  const code = errnoOf(thrown) ?? '';
  if (FULL.has(code)) {
    return new TidemarkError(`The disk has no room for the position index: ${messageOf(thrown)}.`, {
      code: ErrorCode.DiskFull,
      subject: directory,
      retryable: true,
      hint: 'Free some space, about 40 bytes for each row of the table.',
      cause: thrown,
    });
  }
  if (DENIED.has(code)) {
    return new TidemarkError(`The position index cannot be kept here: ${messageOf(thrown)}.`, {
      code: ErrorCode.AccessDenied,
      subject: directory,
      hint: 'Let the worker write to this directory, or name another one.',
      cause: thrown,
    });
  }
  return thrown;
}

/** The operating system's name for what went wrong; undefined for other errors. */
export function errnoOf(thrown: unknown): string | undefined {
  const code: unknown =
    typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code;
  return typeof code === 'string' ? code : undefined;
}
