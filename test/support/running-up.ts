/** Owns `tidemark up` as a user runs it: the built CLI in a folder of its own, on free ports. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The built CLI; `npm test` builds it first. */
export const CLI = fileURLToPath(new URL('../../bin/tidemark.js', import.meta.url));

/** A command's end. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

const FREE_PORTS = ['temporal', 'ui', 'dynamodb', 's3'].flatMap((name) => [`--${name}-port`, '0']);

/** A folder that `up` runs in, again and again. */
export class UpFolder {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<UpFolder> {
    return new UpFolder(await mkdtemp(path.join(tmpdir(), 'tidemark-up-')));
  }

  /** Starts `tidemark up` with free ports and `args`. */
  up(...args: string[]): RunningUp {
    return new RunningUp(this.directory, ['up', ...FREE_PORTS, ...args]);
  }

  /** Runs one command of the CLI to its end. */
  async run(...args: string[]): Promise<Ended> {
    return new RunningUp(this.directory, args).ended;
  }

  /** Every process that still belongs to this folder. */
  processes(): string[] {
    const listed = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' });
    return listed.split('\n').filter((line) => line.includes(this.directory));
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** A command of the CLI that is running. */
export class RunningUp {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;
  output = '';

  constructor(directory: string, args: string[]) {
    this.#child = spawn(process.execPath, [CLI, ...args], {
      cwd: directory,
      env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (piece: Buffer) => (this.output += piece.toString('utf8')));
    }
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        resolve({ code, output: this.output });
      });
    });
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('the command did not start');
    return pid;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until the output has `count` matches of `pattern`; fails with the output when it ends before. */
  async shows(pattern: RegExp, count = 1): Promise<RegExpMatchArray[]> {
    const isOver = this.ended.then(() => true);
    for (;;) {
      const matches = [...this.output.matchAll(new RegExp(pattern, 'gm'))];
      if (matches.length >= count) return matches;
      if (await Promise.race([isOver, delay(100, false)])) {
        throw new Error(`ended without ${count} of ${String(pattern)}:\n${this.output}`);
      }
    }
  }

  /** The process ids of its children, by what their command line has. */
  childrenLike(text: string): number[] {
    const listed = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' });
    return listed
      .split('\n')
      .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
      .filter((match) => Number(match?.[2]) === this.pid && match?.[3]?.includes(text))
      .map((match) => Number(match?.[1]));
  }
}
