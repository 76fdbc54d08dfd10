/** Owns running a slow command to its end while its user sees that it goes on. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { tether } from '../processes/tether.js';

/** Takes one line for the user. */
export type Report = (line: string) => void;

/** A command that takes minutes. */
export interface SlowCommand {
  /** What it does, for the progress lines: `building temporal 1.5.1`. */
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** What to do when the command itself is not installed. */
  readonly installHint: string;
  /** Between two progress lines, in milliseconds. */
  readonly everyMs?: number;
}

/**
 * Done when the command has ended with code 0; until then it reports the seconds gone by and the
 * command's last line. The command ends with this process.
 *
 * @throws TidemarkError MissingProgram when it is not installed or fails, with its last lines.
 */
export async function runToEnd(slow: SlowCommand, report: Report): Promise<void> {
  const { label, command, args, env, logFile, installHint, everyMs = 5000 } = slow;
  const startedAt = performance.now();
  const child = tether(command, args, { logFile, ...(env === undefined ? {} : { env }) });
  const seconds = (): string => `${Math.round((performance.now() - startedAt) / 1000)} s`;
  const ticker = setInterval(() => {
    void child.lastLines(1).then((line) => {
      if (child.end() === undefined) report(`${label}: ${seconds()}, ${line || 'no output yet'}`);
    });
  }, everyMs);
  const { code, signal } = await child.exited;
  clearInterval(ticker);
  if (code === 0) {
    report(`${label}: done in ${seconds()}`);
    return;
  }
  if (code === 126 || code === 127) {
    throw new TidemarkError(`${command} is not installed.`, {
      code: ErrorCode.MissingProgram,
      subject: command,
      hint: installHint,
    });
  }
  throw new TidemarkError(
    `${command} ended with ${signal ?? `code ${String(code)}`}: ${await child.lastLines(8)}`,
    {
      code: ErrorCode.MissingProgram,
      subject: command,
      hint: `Read the whole output in ${logFile}.`,
    },
  );
}
