/** Owns the worker that `up` keeps alive: a child process, started again whenever it dies. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { tether, type ProcessEnd, type TetheredProcess } from '../../local/processes/tether.js';

/** A worker that heals. */
export interface WorkerChild {
  /** Undefined while none runs. */
  readonly pid: number | undefined;
  readonly logFile: string;
  /** SIGTERM, then SIGKILL; no new one is started. */
  stop(): Promise<void>;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;
/** A worker that lived this long was well: the next one need not wait. */
const WELL_MS = 20_000;
/** Activities may be cut off anywhere, so a stop need not wait for them for long. */
const GRACE_MS = 4000;

/** Starts the worker in this process's environment; `onDeath` hears of each that ended unasked. */
export function keepWorker(
  directory: string,
  onDeath: (end: ProcessEnd, lastLines: string, delayMs: number) => void,
): WorkerChild {
  const logFile = join(directory, 'worker.log');
  const script = fileURLToPath(new URL('../../../../bin/tidemark.js', import.meta.url));
  const stopping = new AbortController();
  let child: TetheredProcess | undefined;

  const keep = async (): Promise<void> => {
    let delayMs = FIRST_DELAY_MS;
    while (!stopping.signal.aborted) {
      const startedMs = performance.now();
      child = tether(process.execPath, [script, 'worker'], { logFile });
      const end = await child.exited;
      const lastLines = await child.lastLines(5);
      child = undefined;
      if (isStopping()) return;
      delayMs = performance.now() - startedMs > WELL_MS ? FIRST_DELAY_MS : delayMs;
      onDeath(end, lastLines, delayMs);
      await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
    }
  };
  // A function, since the compiler takes the loop's condition for granted across the await.
  const isStopping = (): boolean => stopping.signal.aborted;
  const kept = keep();
  return {
    get pid() {
      return child?.pid;
    },
    logFile,
    stop: async () => {
      stopping.abort();
      await child?.stop(GRACE_MS);
      await kept;
    },
  };
}
