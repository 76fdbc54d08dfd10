/** Owns that an index whose writers are killed at any time is as before or as after. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { openPositionIndex } from '../../../src/positions/open-position-index.js';
import { runTypeScript, type ScriptProcess } from '../../support/run-typescript.js';
import { expectModel } from './expect-model.js';
import { WINDOW_KEYS, firstModel, windowAt, type TableModel } from './table-model.js';

const ROUNDS = 10;
const CHILDREN = 2;

/** Applies window after window for ever, and rebuilds what is empty or was dropped. */
function startWriter(directory: string): ScriptProcess {
  return runTypeScript(`
    import { openPositionIndex } from './src/positions/open-position-index.js';
    import { firstModel, rowsOf, windowAt } from './test/unit/positions/table-model.js';
    const index = await openPositionIndex({ directory: ${JSON.stringify(directory)}, tableUuid: 'table', entriesInMemory: 100 });
    const models = [undefined, firstModel()];
    const modelAt = (snapshot) => {
      while (models.length <= snapshot) models.push(windowAt(models.length - 1, models.at(-1)).after);
      return models[snapshot];
    };
    console.log('writing');
    for (;;) {
      await index.refresh();
      if (index.snapshotId === undefined) await index.rebuild(1n, rowsOf(firstModel()));
      const snapshot = Number(index.snapshotId ?? 1n);
      await index.apply(windowAt(snapshot, modelAt(snapshot)).update);
    }`);
}

test('two writers, killed again and again, leave the table at one of its snapshots', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'positions-'));
  const models: TableModel[] = [new Map(), firstModel()];
  const seen: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const writers = Array.from({ length: CHILDREN }, () => startWriter(directory));
    const ends = writers.map(({ child }) => once(child, 'close'));
    await Promise.all(writers.map((writer) => writer.firstLine));
    for (const [index, { child }] of writers.entries()) {
      await sleep(20 + ((round * 37) % 90));
      child.kill('SIGKILL');
      // Not code 1: a writer never fails, whatever the other one does or leaves behind.
      expect(await ends[index]).toEqual([null, 'SIGKILL']);
      const left = await openPositionIndex({ directory, tableUuid: 'table' });
      seen.push(Number(left.snapshotId ?? 0n));
      await left.close();
    }
    const snapshot = seen.at(-1)!;
    while (models.length <= snapshot) {
      const last = models.length - 1;
      models.push(windowAt(last, models[last]!).after);
    }
    const index = await openPositionIndex({ directory, tableUuid: 'table' });
    if (snapshot > 0) await expectModel(index, BigInt(snapshot), models[snapshot]!, WINDOW_KEYS);
    await index.close();
  }
  // Never back to nothing, as it would be if a killed writer left damage behind.
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBeGreaterThan(ROUNDS);
  await rm(directory, { recursive: true });
}, 240_000);
