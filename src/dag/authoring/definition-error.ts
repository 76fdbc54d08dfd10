/** Owns the error of a DAG that cannot be: what is wrong, in which file and line, what to do. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';

/** What an error needs besides its message. */
export interface DefinitionProblem {
  /** What it is about: `orders_daily.copy`. */
  readonly subject: string;
  /** `file:line` of the call to blame, where known. */
  readonly site?: string | undefined;
  readonly hint: string;
}

/** The error to throw for `problem`; its message ends with the file and line. */
export function definitionError(message: string, problem: DefinitionProblem): TidemarkError {
  const where = problem.site === undefined ? '' : ` (${problem.site})`;
  return new TidemarkError(`${message}${where}`, {
    code: ErrorCode.InvalidConfig,
    subject: problem.subject,
    hint: problem.hint,
  });
}
