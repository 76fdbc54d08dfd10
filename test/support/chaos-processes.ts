/** Owns loaders in processes of their own, killed by SIGKILL at random moments and started again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosPlan } from './chaos-loads.js';
import { compileProgram } from './chaos-program.js';
import { CHAOS_TABLE, type Allowance, type LoaderOrder } from './chaos-loader.js';

const PROGRAM = `
  const { runLoader } = await import('./test/support/chaos-loader.js');
  await runLoader(JSON.parse(process.env.CHAOS_LOADER));
  process.exit(0);`;

export interface ChaosOptions extends ChaosPlan {
  readonly directory: string;
  readonly windows: number;
  readonly processes: number;
  /** At least so many loaders are killed at work. */
  readonly kills: number;
  /** How many loads may be done by now, for reasons other than kills; asked often. */
  readonly allowed?: () => number;
}

/** How a run went. */
export interface ChaosOutcome {
  /** Loads that are in the table: more than were asked for where the kills took longer. */
  readonly loads: number;
  /** Loaders that were killed between beginning and end of a load. */
  readonly kills: number;
  readonly lives: number;
  /** By what became of them: `committed`, `already-committed`, `retry …`. */
  readonly ends: Readonly<Record<string, number>>;
}

/** Where the lake's store of a run lies. */
export function chaosStore(directory: string): string {
  return `${directory}/store`;
}

/** The folder of the table of a run. */
export function chaosFolder(directory: string): string {
  return `${chaosStore(directory)}/lake/${CHAOS_TABLE}`;
}

/**
 * Runs loaders until all windows are in the table and enough loaders were killed; rejects when one
 * fails by itself. Loads beyond the windows are those of the plan with more of them.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosOutcome> {
  return await new Chaos(options).run();
}

/** Loads that come when nobody is killed, so that kills keep their pace. */
const STALL_MS = 1500;
const TICK_MS = 20;

class Chaos {
  readonly #options: ChaosOptions;
  readonly #alive = new Set<ChildProcess>();
  readonly #ends: Record<string, number> = {};
  readonly #atWork = new Set<number>();
  #kills = 0;
  #lives = 0;
  /** Loads that are known to be in the table. */
  #done = 0;
  #allowed = 1;
  #lastEndMs = Date.now();
  /** About as long as loads take now. */
  #loadMs = 200;
  #random: number;
  #isOver = false;
  #hasFailed = false;

  constructor(options: ChaosOptions) {
    this.#options = options;
    this.#random = options.seed;
  }

  async run(): Promise<ChaosOutcome> {
    const { processes } = this.#options;
    await mkdir(this.#programFolder());
    await compileProgram(this.#programFolder());
    await this.#tellAllowance();
    const ticking = this.#tickOnAndOn();
    try {
      const slots = Array.from({ length: processes }, (_, slot) => this.#liveOnAndOn(slot));
      await Promise.all(slots);
    } finally {
      this.#hasFailed = !this.#isOver;
      this.#isOver = true;
      for (const child of this.#alive) child.kill('SIGKILL');
      await ticking;
    }
    return { loads: this.#done, kills: this.#kills, lives: this.#lives, ends: this.#ends };
  }

  async #tickOnAndOn(): Promise<void> {
    while (!this.#isOver) {
      this.#allow();
      await this.#tellAllowance();
      await sleep(TICK_MS);
    }
  }

  async #liveOnAndOn(slot: number): Promise<void> {
    let hasEndedWell = false;
    while (!hasEndedWell && !this.#hasFailed) hasEndedWell = await this.#live(slot);
  }

  /** One process, from its start to its end; false when it was killed. */
  async #live(slot: number): Promise<boolean> {
    this.#lives++;
    const child = this.#spawn(slot);
    this.#alive.add(child);
    let complaints = '';
    child.stderr?.on('data', (piece: Buffer) => (complaints += piece.toString('utf8')));
    let beganMs = 0;
    let death: NodeJS.Timeout | undefined;
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const [what, load, ...outcome] = line.split(' ');
      if (what === 'at') {
        this.#done = Math.max(this.#done, Number(load));
        return;
      }
      clearTimeout(death);
      if (what === 'begin') {
        beganMs = Date.now();
        this.#atWork.add(slot);
        if (this.#isToDie()) death = setTimeout(() => child.kill('SIGKILL'), this.#lifeMs());
        return;
      }
      this.#atWork.delete(slot);
      this.#end(outcome.join(' '), Date.now() - beganMs);
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    clearTimeout(death);
    this.#alive.delete(child);
    if (code === 0) return true;
    if (child.signalCode !== 'SIGKILL') {
      throw new Error(`Loader ${slot} failed by itself: ${complaints.slice(-4000)}`);
    }
    if (this.#atWork.delete(slot)) {
      this.#kills++;
      // A load that nobody has ended may take long: the first in a process does.
      this.#loadMs *= 1.1;
    }
    return false;
  }

  #end(outcome: string, ms: number): void {
    this.#ends[outcome] = (this.#ends[outcome] ?? 0) + 1;
    this.#lastEndMs = Date.now();
    this.#loadMs = 0.8 * this.#loadMs + 0.2 * ms;
  }

  /** Kills keep the pace of the loads, which come to an end between them. */
  #isToDie(): boolean {
    const { windows, kills } = this.#options;
    return !this.#isOver && this.#kills * windows < (this.#done + 2) * kills;
  }

  #lifeMs(): number {
    return this.#next() * 2 * this.#loadMs;
  }

  #allow(): void {
    const { windows, kills, allowed } = this.#options;
    const isStalled = this.#atWork.size === 0 && Date.now() - this.#lastEndMs > STALL_MS;
    const byKills = 1 + Math.floor((this.#kills * windows) / kills);
    const wanted = Math.max(byKills, this.#done + (isStalled ? 1 : 0));
    const isEnough = this.#done > windows && this.#kills >= kills;
    this.#allowed = isEnough
      ? this.#allowed
      : Math.max(this.#allowed, Math.min(wanted, allowed?.() ?? Infinity));
    this.#isOver = isEnough && this.#done >= this.#allowed;
  }

  async #tellAllowance(): Promise<void> {
    const file = this.#allowanceFile();
    const allowance: Allowance = { loads: this.#allowed, isOver: this.#isOver };
    await writeFile(`${file}.new`, JSON.stringify(allowance));
    await rename(`${file}.new`, file);
  }

  #allowanceFile(): string {
    return `${this.#options.directory}/allowance`;
  }

  #programFolder(): string {
    return `${this.#options.directory}/program`;
  }

  #spawn(slot: number): ChildProcess {
    const { seed, resyncEvery, directory } = this.#options;
    const order: LoaderOrder = {
      seed,
      ...(resyncEvery === undefined ? {} : { resyncEvery }),
      storeDirectory: chaosStore(directory),
      // Two loaders share a machine's cache; the others are on machines of their own.
      cacheDirectory: `${directory}/cache-${Math.floor(slot / 2)}`,
      allowanceFile: this.#allowanceFile(),
    };
    return spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      cwd: this.#programFolder(),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '', CHAOS_LOADER: JSON.stringify(order) },
    });
  }

  /** At least 0, below 1 (a linear congruential generator, the constants of Numerical Recipes). */
  #next(): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#random / 2 ** 32;
  }
}
