/** Owns running one command of the built CLI, with stdout and stderr told apart. */
import { spawn, type ChildProcess } from 'node:child_process';
import { CLI } from './running-up.js';

/** How a command ended, and what it said. */
export interface CliEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Variables that would lead a command to places of this machine. */
const LEADING = /^(AWS_|TEMPORAL_|TIDEMARK_|NODE_OPTIONS$|FORCE_COLOR$)/;

/** Runs `tidemark <args>` in `directory`, knowing of AWS, Temporal and settings what `env` says. */
export function runCli(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliEnd> {
  return startCli(directory, args, env).ended;
}

/** A command that may be sent signals, and looked at, before its end. */
export interface RunningCli {
  readonly child: ChildProcess;
  /** What it has said so far. */
  said(): Pick<CliEnd, 'stdout' | 'stderr'>;
  readonly ended: Promise<CliEnd>;
}

/** As {@link runCli}, and does not wait. */
export function startCli(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningCli {
  const kept = Object.entries(process.env).filter(([name]) => !LEADING.test(name));
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: directory,
    // A home of its own: profiles of this machine's user must not come in.
    env: {
      ...Object.fromEntries(kept),
      HOME: directory,
      AWS_EC2_METADATA_DISABLED: 'true',
      NO_COLOR: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString('utf8')));
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString('utf8')));
  const ended = new Promise<CliEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
  return { child, said: () => ({ stdout, stderr }), ended };
}
