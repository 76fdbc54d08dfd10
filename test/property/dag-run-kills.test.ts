/** Owns that runs on a real server end as they would undisturbed, whenever their worker is killed. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../src/dag/index.js';
import { seePool } from '../../src/temporal/dag-pools.js';
import { endWithin, startDagServer, viewOf, type DagServer } from '../support/dag-server.js';
import { KillableWorker } from '../support/kill-worker.js';
import type { RunHandle } from '../support/dag-world.js';
import { quietRuntime } from '../support/quiet-runtime.js';
import {
  checkAttempts,
  checkOrder,
  checkPool,
  statusByLeaves,
  summaryOf,
  triesUntil,
} from '../support/run-laws.js';
import {
  KILLED,
  readLog,
  scriptedDag,
  scriptedRuns,
  type ScriptedRun,
} from '../support/scripted-runs.js';

const RUNS = 16;
const KILLS = 3;
/** From one kill to the next: a worker needs about five seconds to be there. */
const waits = fc.array(fc.integer({ min: 500, max: 5_000 }), {
  minLength: KILLS,
  maxLength: KILLS,
});

let server: DagServer;
beforeAll(async () => {
  quietRuntime();
  server = await startDagServer();
});
afterAll(() => server.stop());

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

// A batch at once, for each kill may catch any of them; what fails is told by its seed, not shrunk.
test('random graphs, random outcomes, kills of the worker', async () => {
  process.stdout.write(`SEED=${seed}\n`);
  const [runs] = fc.sample(scriptedRuns(RUNS), { seed, numRuns: 1 });
  const [pauses] = fc.sample(waits, { seed, numRuns: 1 });
  await checkBatch(runs!, pauses!);
}, 300_000);

async function checkBatch(runs: readonly ScriptedRun[], pauses: readonly number[]): Promise<void> {
  const log = join(server.directory, 'log');
  const served = { module: './scripted-runs.js', input: { runs, log } as unknown as Json };
  let worker = KillableWorker.start(server, served);
  await worker.ready;
  const handles = await Promise.all(runs.map((run) => server.start(scriptedDag(run), 'run')));
  let caught = 0;
  for (const pause of pauses) {
    await sleep(pause);
    await worker.kill();
    caught += bodiesUnderWay(log);
    appendFileSync(log, `${JSON.stringify(KILLED)}\n`);
    worker = KillableWorker.start(server, served);
    await worker.ready;
  }
  try {
    const numbers = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const [stream] = fc.sample(fc.infiniteStream(numbers), { numRuns: 1, seed });
    const random = (): number => stream!.next().value as number;
    let tries = 0;
    for (const [at, handle] of handles.entries()) {
      tries += await checkRun(runs[at]!, handle, log, random).catch(async (error: unknown) => {
        process.stdout.write(`${JSON.stringify(runs[at])}\n`);
        const pool = await seePool(server.access, 'shared').catch(() => 'there is no pool');
        process.stdout.write(`${JSON.stringify(pool)}\n`);
        throw error;
      });
    }
    const most = checkPool(
      readLog(log),
      runs.map((run) => scriptedDag(run).graph),
    );
    process.stdout.write(
      `${runs.length} runs, ${readLog(log).length} lines, ${caught} bodies killed in ${pauses.length} kills, ` +
        `${most} in the pool at most, ${tries} orders tried in process\n`,
    );
  } finally {
    await worker.kill();
  }
}

/** Gives how many orders were tried in process until one ended alike. */
async function checkRun(
  run: ScriptedRun,
  handle: RunHandle,
  log: string,
  random: () => number,
): Promise<number> {
  const ended = await endWithin(handle, 150_000);
  const { tasks, status } = await viewOf(handle);
  const views = Object.fromEntries(tasks.map((task) => [task.id, task]));
  const { graph } = scriptedDag(run);
  expect(status).toBe(statusByLeaves(graph, views));
  expect(ended).toBe(status === 'success' ? 'COMPLETED' : 'FAILED');
  const lines = readLog(log);
  checkAttempts(lines, run.id);
  checkOrder(lines, run.id, graph, views);
  return triesUntil(run, summaryOf(views), random);
}

/** Bodies that have begun and not ended. */
function bodiesUnderWay(log: string): number {
  const lines = readLog(log);
  const open = new Set<string>();
  for (const line of lines.slice(lines.lastIndexOf(KILLED) + 1)) {
    if (line === KILLED) continue;
    const name = `${line.dag} ${line.name}`;
    if (line.what === 'started') open.add(name);
    else open.delete(name);
  }
  return open.size;
}
