/** Owns the law that windows come once and in order while processes die and others compact the table. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TableHistory } from '../support/chaos-history.js';
import { firstLoads, type ChaosPlan } from '../support/chaos-loads.js';
import { chaosFolder, runChaos } from '../support/chaos-processes.js';
import { expectRows } from '../support/chaos-rows.js';
import { READERS, startReaders, type Readers } from '../support/iceberg-readers.js';

const SEED = Number(process.env['SEED'] ?? 20_261_124);
const WINDOWS = 50;
const KILLS = 50;
/** Before so many loads, and twice as many, and so on, a compaction must have succeeded. */
const LOADS_A_COMPACTION = 10;

let readers: Readers;
beforeAll(async () => {
  readers = await startReaders();
}, 600_000);
afterAll(() => readers.close(), 60_000);

test('of 4 loaders many are killed, while Spark compacts the table and expires its snapshots', async () => {
  process.stdout.write(`SEED=${SEED}\n`);
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-chaos-'));
  const folder = chaosFolder(directory);
  const history = new TableHistory(folder);
  const counts = { compactions: 0, conflicts: 0 };
  const compactor = new AbortController();
  const compacting = compactOnAndOn(folder, history, counts, compactor.signal);
  const plan: ChaosPlan = { seed: SEED };
  const allowed = (): number => LOADS_A_COMPACTION * (counts.compactions + 1);
  const options = { ...plan, directory, windows: WINDOWS, processes: 4, kills: KILLS, allowed };
  const running = runChaos(options).finally(() => {
    compactor.abort();
  });
  const [outcome] = await Promise.all([running, compacting]);
  await history.follow();

  expect(outcome.kills).toBeGreaterThanOrEqual(KILLS);
  expect(outcome.loads).toBeGreaterThan(WINDOWS);
  const loads = firstLoads(plan, outcome.loads);
  const watermarks = loads.map(({ watermark }) => watermark);
  expect(history.loads()).toEqual(watermarks);
  expect(history.watermarks).toEqual(watermarks);
  await expectRows(readers, READERS, directory, loads);
  const said = { ...outcome, ...counts, snapshots: history.snapshots.length };
  process.stdout.write(`${JSON.stringify(said)}\n`);
  await rm(directory, { recursive: true });
}, 1_800_000);

/** Each time with whatever the table is then; what another's commit comes in between of is done anew. */
async function compactOnAndOn(
  folder: string,
  history: TableHistory,
  counts: { compactions: number; conflicts: number },
  signal: AbortSignal,
): Promise<void> {
  const spark = await readers.spark();
  while (!signal.aborted) {
    await history.follow();
    if (history.snapshots.length === 0) {
      await sleep(100);
      continue;
    }
    try {
      await spark.compact(folder);
      counts.compactions++;
    } catch (error) {
      // Spark's own words for a commit that another one came before.
      if (!/CommitFailed|Validation|conflict|Cannot commit/i.test(String(error))) throw error;
      counts.conflicts++;
    }
  }
}
