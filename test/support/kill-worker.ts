/** Owns a worker in a process of its own, to be killed at any moment. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Json } from '../../src/dag/index.js';
import { TASK_QUEUE, type DagServer } from './dag-server.js';
import { CLI } from './running-up.js';

/** What a worker process is told; see dag-worker-child.ts. */
export interface WorkerOrder {
  readonly address: string;
  readonly taskQueue: string;
  /** Where large outputs are kept. */
  readonly resultsDirectory: string;
  /** A module, from this folder on, whose `dagsOf(input)` gives the DAGs to serve. */
  readonly module: string;
  readonly input: Json;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const LOADER = `
  import { createJiti } from 'jiti';
  const jiti = createJiti(${JSON.stringify(ROOT)}, {
    alias: { tidemark: ${JSON.stringify(join(ROOT, 'src/index.ts'))} },
  });
  await jiti.import('./test/support/dag-worker-child.ts');`;

/** A worker process. */
export class KillableWorker {
  /** Settles when it serves its DAGs; throws with what it said when it ends before. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  /** Serves the DAGs of `module` for `server`. */
  static start(
    { access, directory }: DagServer,
    { module, input = null }: { readonly module: string; readonly input?: Json },
  ): KillableWorker {
    const order: WorkerOrder = {
      address: access.address,
      taskQueue: TASK_QUEUE,
      resultsDirectory: join(directory, 'results'),
      module,
      input,
    };
    const env = { DAG_WORKER: JSON.stringify(order) };
    return new KillableWorker(['--input-type=module', '-e', LOADER], ROOT, env);
  }

  /** `tidemark worker`, in `cwd`, for the DAG files at `dags`. */
  static startCli({ access }: DagServer, dags: string, cwd: string): KillableWorker {
    return new KillableWorker([CLI, 'worker', '--json'], cwd, {
      TEMPORAL_ADDRESS: access.address,
      TIDEMARK_TASK_QUEUE: TASK_QUEUE,
      TIDEMARK_DAGS: dags,
    });
  }

  /** `tidemark worker`, in `cwd`, for the tables of whatever AWS `env` leads to. */
  static startForTables(
    { access }: DagServer,
    env: NodeJS.ProcessEnv,
    cwd: string,
  ): KillableWorker {
    return new KillableWorker([CLI, 'worker', '--json'], cwd, {
      ...env,
      TEMPORAL_ADDRESS: access.address,
      TIDEMARK_TASK_QUEUE: TASK_QUEUE,
    });
  }

  private constructor(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env, NODE_OPTIONS: '' },
    });
    const { stdout, stderr } = this.#child;
    let complaints = '';
    stderr?.on('data', (piece: Buffer) => (complaints += piece.toString('utf8')));
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', () => {
        resolve();
      });
    });
    this.ready = new Promise((resolve, reject) => {
      // Its first line says so.
      stdout?.once('data', () => {
        resolve();
      });
      void this.#ended.then(() => {
        reject(new Error(`the worker ended: ${complaints}`));
      });
    });
    // Nobody may be waiting for one that is killed early.
    this.ready.catch(() => undefined);
  }

  /**
   * Kills it if `isTheMoment`, asked while it stands still: what the server says of its work then
   * stays true. Else it goes on, and the answer is false.
   */
  async killIf(isTheMoment: () => Promise<boolean>): Promise<boolean> {
    this.#child.kill('SIGSTOP');
    if (await isTheMoment()) {
      await this.kill();
      return true;
    }
    this.#child.kill('SIGCONT');
    return false;
  }

  /** SIGKILL: nothing is finished, nothing is said. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** The most memory it has held so far, in MiB (VmHWM of proc(5)). */
  peakMemoryMib(): number {
    const status = readFileSync(`/proc/${String(this.#child.pid)}/status`, 'utf8');
    return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
  }
}
