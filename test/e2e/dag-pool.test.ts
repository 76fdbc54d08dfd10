/** Owns that runs of several DAGs share a pool on a real server, and leave nothing taken behind. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PoolView } from '../../src/scheduling/pool-messages.js';
import { seePool } from '../../src/temporal/dag-pools.js';
import { endWithin, startDagServer, viewOf, type DagServer } from '../support/dag-server.js';
import { KillableWorker } from '../support/kill-worker.js';
import { ITEMS, pooledDags, SLOTS } from '../support/pooled-dags.js';
import { quietRuntime } from '../support/quiet-runtime.js';
import { until } from '../support/until.js';

let server: DagServer;
let worker: KillableWorker;
let log: string;
let dags: ReturnType<typeof pooledDags>;

beforeAll(async () => {
  quietRuntime();
  server = await startDagServer();
  log = join(server.directory, 'log');
  dags = pooledDags(log);
  worker = KillableWorker.start(server, { module: './pooled-dags.js', input: log });
  await worker.ready;
});
afterAll(async () => {
  await worker.kill();
  await server.stop();
});

const lines = (): string[] => readFileSync(log, 'utf8').split('\n').slice(0, -1);

async function pool(): Promise<PoolView> {
  const seen = await seePool(server.access, 'shared');
  if ('silence' in seen) throw new Error(seen.silence);
  return seen.said;
}

describe('a pool', () => {
  test('serves the urgent first, never more than its slots, and is free in the end', async () => {
    const low = await server.start(dags.low, 'run');
    await until(async () => (await pool()).queue.length >= ITEMS - 2 * SLOTS);
    const high = await server.start(dags.high, 'run');
    for (const handle of [low, high]) expect(await endWithin(handle, 60_000)).toBe('COMPLETED');

    let [now, most] = [0, 0];
    for (const line of lines()) {
      now += line.endsWith('started') ? 1 : -1;
      most = Math.max(most, now);
    }
    expect(most).toBe(SLOTS);
    const starts = lines().filter((line) => line.endsWith('started'));
    expect(starts).toHaveLength(2 * ITEMS);
    const urgent = starts.slice(starts.indexOf('high started'), starts.lastIndexOf('high started'));
    // What was granted before may begin a little later.
    expect(urgent.filter((line) => line === 'low started').length).toBeLessThanOrEqual(SLOTS);
    expect(starts.lastIndexOf('high started')).toBeLessThan(starts.length - 1);
    // The last thing a run does is to give back; nobody waits, so nobody looks after it either.
    await until(async () => (await pool()).used === 0);
  });

  test('is free of a run that was terminated', async () => {
    const stuck = await server.start(dags.stuck, 'run');
    await until(async () => (await pool()).used === SLOTS);
    const waiting = await server.start(dags.low, 'waiting');
    await until(async () => (await pool()).queue.length === ITEMS);
    // In whichever order the server passed on what was asked at once.
    const [next] = (await pool()).queue;
    expect(next).toMatchObject({ label: expect.stringMatching(/^low item/), position: 1 });
    await until(async () => (await viewOf(waiting)).waitingForPool.length === ITEMS);
    await stuck.terminate('as a person would');
    expect(await endWithin(waiting, 120_000)).toBe('COMPLETED');
    await until(async () => (await pool()).used === 0);
  }, 240_000);
});
