/** Owns the law that loads come once, in order and whole, however often their processes are killed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TableHistory } from '../support/chaos-history.js';
import { firstLoads, type ChaosPlan } from '../support/chaos-loads.js';
import { chaosFolder, runChaos } from '../support/chaos-processes.js';
import { READERS, startReaders, type Readers } from '../support/iceberg-readers.js';
import { expectRows } from '../support/chaos-rows.js';

const SEED = Number(process.env['SEED'] ?? 20_261_124);

let readers: Readers;
beforeAll(async () => {
  readers = await startReaders();
}, 600_000);
afterAll(() => readers.close(), 60_000);

test.each([
  { processes: 1, windows: 8, kills: 10 },
  { processes: 2, windows: 8, kills: 10 },
])(
  'of $processes loaders at a time, $kills are killed over $windows windows',
  async ({ processes, windows, kills }) => {
    process.stdout.write(`SEED=${SEED}\n`);
    const directory = await mkdtemp(join(tmpdir(), 'tidemark-kill-'));
    const plan: ChaosPlan = { seed: SEED, resyncEvery: 5 };
    const outcome = await runChaos({ ...plan, directory, windows, processes, kills });
    expect(outcome.kills).toBeGreaterThanOrEqual(kills);

    const loads = firstLoads(plan, outcome.loads);
    const history = new TableHistory(chaosFolder(directory));
    await history.follow();
    const watermarks = loads.map(({ watermark }) => watermark);
    expect(history.loads()).toEqual(watermarks);
    expect(history.watermarks).toEqual(watermarks);
    await expectRows(readers, READERS, directory, loads);
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
    await rm(directory, { recursive: true });
  },
  600_000,
);
