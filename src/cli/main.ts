/** Owns one run of the command line, from its arguments to its exit code. */
import { CommanderError } from 'commander';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { Output } from './output.js';
import { createProgram } from './program.js';
import { reportError } from './report-error.js';

/** Runs the command that `args` (without node and script) name; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  endQuietlyOnBrokenPipe();
  const program = createProgram();
  if (args.length === 0) {
    program.outputHelp();
    return ExitCode.ok;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    // A command that failed in a foreseen way has set the code itself.
    return Number(process.exitCode ?? ExitCode.ok);
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      return thrown.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    }
    reportError(thrown, new Output({ json: false, verbose: program.opts()['verbose'] === true }));
    return exitCodeOf(thrown);
  }
}

/** `tidemark list | head` closes our stdout, which is no error of ours. */
function endQuietlyOnBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(ExitCode.ok);
      throw error;
    });
  }
}
