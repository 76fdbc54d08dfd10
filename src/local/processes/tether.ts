/** Owns child processes that cannot outlive this one. POSIX systems only (Linux, macOS): it needs sh. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, TidemarkError } from '../../core/errors.js';

/** How a process ended: by its own code or by a signal. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How {@link tether} runs a program. */
export interface TetherOptions {
  /** Takes stdout and stderr; begun anew, with the former one kept as `<logFile>.old`. */
  readonly logFile: string;
  /** The whole environment; this process's own when left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** A running program that ends when this process does, however this one ends. */
export interface TetheredProcess {
  /** The program's own pid, and its process group's. */
  readonly pid: number;
  readonly logFile: string;
  readonly exited: Promise<ProcessEnd>;
  /** Set once it has ended. */
  end(): ProcessEnd | undefined;
  /** SIGTERM, then SIGKILL after `graceMs` milliseconds; done when the program has ended. */
  stop(graceMs?: number): Promise<ProcessEnd>;
  /** The last `count` lines it wrote, for error messages. */
  lastLines(count: number): Promise<string>;
}

const TAIL_BYTES = 16 * 1024;

/**
 * File descriptor 3 is a pipe whose other end only this process holds: a background reader sees it
 * close however this process dies, SIGKILL included, and kills the group. The program itself takes
 * the shell's place, so its pid is the one we know. The reader ignores the signals of a clean stop
 * to stay until the end; while it lives the group's number cannot be given to anyone else.
 */
const TETHER_SCRIPT = `
{ trap '' HUP INT TERM; read -r _ <&3; kill -s KILL -- -$$; } </dev/null >/dev/null 2>&1 &
exec 3<&-
exec "$@"
`;

/**
 * Starts `command`, found on PATH or given as a path, in a process group of its own: a terminal's
 * Ctrl-C reaches only this process, which decides what to stop and in which order.
 *
 * A command that cannot be run ends with code 126 or 127, as in a shell, its reason in the log.
 *
 * @throws TidemarkError MissingProgram when no child process can be made at all.
 */
export function tether(
  command: string,
  args: readonly string[],
  { logFile, env, cwd }: TetherOptions,
): TetheredProcess {
  const log = openLog(logFile);
  const child = spawn('/bin/sh', ['-c', TETHER_SCRIPT, 'sh', command, ...args], {
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
    env: env ?? process.env,
    ...(cwd === undefined ? {} : { cwd }),
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) {
    child.on('error', () => undefined);
    throw new TidemarkError(`Cannot start ${command}: no child process could be made.`, {
      code: ErrorCode.MissingProgram,
      subject: command,
      hint: 'Check that /bin/sh exists and that the process limit is not reached.',
    });
  }
  const line = child.stdio[3];
  // The reader holds the other end and never writes; when it is killed the pipe may complain.
  line?.on('error', () => undefined);
  let end: ProcessEnd | undefined;
  const exited = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      end = { code, signal };
      signalGroup(pid, 'SIGKILL');
      line?.destroy();
      resolve(end);
    });
  });
  return {
    pid,
    logFile,
    exited,
    end: () => end,
    stop: async (graceMs = 10_000) => {
      if (end !== undefined) return end;
      signalGroup(pid, 'SIGTERM');
      const grace = new AbortController();
      const overdue = sleep(graceMs, undefined, { signal: grace.signal }).then(
        () => {
          signalGroup(pid, 'SIGKILL');
        },
        () => undefined,
      );
      const ended = await exited;
      grace.abort();
      await overdue;
      return ended;
    },
    lastLines: (count) => lastLinesOf(logFile, count),
  };
}

function openLog(logFile: string): number {
  mkdirSync(dirname(logFile), { recursive: true });
  try {
    renameSync(logFile, `${logFile}.old`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return openSync(logFile, 'a');
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left: what was to be ended has ended.
  }
}

async function lastLinesOf(file: string, count: number): Promise<string> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read({ position: Math.max(0, size - TAIL_BYTES) });
    const text = buffer.toString('utf8', 0, bytesRead);
    return text.trimEnd().split('\n').slice(-count).join('\n');
  } finally {
    await handle.close();
  }
}
