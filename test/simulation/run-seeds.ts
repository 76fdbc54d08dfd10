/** Owns running many seeds: each kind of lane takes its own, one after another. */
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../src/core/errors.js';
import { generateScript } from './generate-script.js';
import { Lane } from './lane.js';
import { simulate } from './simulate.js';
import { LawBroken } from './simulated-workers.js';
import { Tally } from './tally.js';

/** What came of them. */
export interface SeedsRun {
  readonly tally: Tally;
  /** A line each: what was wrong, and the command that repeats it. */
  readonly failures: readonly string[];
}

/** Far more than a seed takes on a busy machine; a server whose time is held up for ever is left. */
const LONGEST_SECONDS = 300;

/** Second by second: a machine that was suspended meanwhile has simulated nothing. */
async function longestPassed(signal: AbortSignal): Promise<void> {
  for (let passed = 0; passed < LONGEST_SECONDS; passed += 1)
    await delay(1000, undefined, { signal });
}

async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  const timer = new AbortController();
  const overdue = longestPassed(timer.signal).then(() => {
    throw new Error(`it has not come to an end in ${LONGEST_SECONDS} s`);
  });
  overdue.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, overdue]);
  } finally {
    timer.abort();
  }
}

/** Simulates `seeds`; `report` is told of each as it ends. */
export async function runSeeds(
  seeds: readonly number[],
  report: (line: string) => void,
): Promise<SeedsRun> {
  const tally = new Tally();
  const failures: string[] = [];
  const scripts = seeds.map(generateScript);
  const runAll = async (replaysAlways: boolean): Promise<void> => {
    let lane: Lane | undefined;
    for (const script of scripts) {
      if (script.settings.replaysAlways !== replaysAlways) continue;
      lane ??= await Lane.start(replaysAlways);
      const began = performance.now();
      const seconds = (): string => ((performance.now() - began) / 1000).toFixed(1);
      try {
        tally.take(await inTime(simulate(lane, script)));
        report(`seed ${script.seed}: held, ${seconds()} s`);
      } catch (error) {
        const line = `seed ${script.seed}: ${messageOf(error)}\n  npm run simulate -- --seed ${script.seed}`;
        failures.push(line);
        report(line);
        const isOver = error instanceof LawBroken;
        if (!isOver) report(String((error as Error).stack));
        // What may still be going on would fail loudly without its server.
        if (isOver) await lane.close();
        lane = undefined;
      }
    }
    await lane?.close();
  };
  await Promise.all([runAll(false), runAll(true)]);
  return { tally, failures };
}
