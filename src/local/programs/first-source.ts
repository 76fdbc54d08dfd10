/** Owns trying the places a program can come from, one after the other, and saying what came of each. */
import { ErrorCode, messageOf, TidemarkError } from '../../core/errors.js';
import type { Report } from './run-to-end.js';

/** One place a program can come from. */
export interface ProgramSource {
  /** For the reports: `on PATH`. */
  readonly label: string;
  /** The program's path; its error says why it cannot be had there. */
  readonly find: () => Promise<string>;
}

/**
 * The path from the first source that has the program.
 *
 * @throws TidemarkError MissingProgram with every source's reason; `byHand` is its hint.
 */
export async function firstSource(
  program: string,
  sources: readonly ProgramSource[],
  byHand: string,
  report: Report,
): Promise<string> {
  const reasons: string[] = [];
  for (const { label, find } of sources) {
    try {
      const path = await find();
      report(`${program}: ${label}: ${path}`);
      return path;
    } catch (error) {
      const reason = `${label}: ${reasonOf(error)}`;
      report(`${program}: ${reason}`);
      reasons.push(reason);
    }
  }
  throw new TidemarkError(
    `${program} could not be found or fetched. Tried:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`,
    { code: ErrorCode.MissingProgram, subject: program, hint: byHand },
  );
}

/** The path a user set by hand: used as it is or refused, never passed over. */
export function explicitProgram(program: string, path: string, setting: string): TidemarkError {
  return new TidemarkError(`${setting} names ${path}, which cannot be run as the ${program}.`, {
    code: ErrorCode.MissingProgram,
    subject: path,
    hint: `Correct ${setting}, or leave it out to have the program found.`,
  });
}

function reasonOf(error: unknown): string {
  const hint = error instanceof TidemarkError ? error.hint : undefined;
  return hint === undefined ? messageOf(error) : `${messageOf(error)} ${hint}`;
}
