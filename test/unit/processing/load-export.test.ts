/** Owns the tests of taking one export through a lake's table in one process. */
import { beforeEach, expect, test } from '@jest/globals';
import { createMemoryObjectStore } from '../../../src/connectors/memory/memory-object-store.js';
import type { ObjectStore } from '../../../src/core/object-store.js';
import type { Item } from '../../../src/export/attribute-value.js';
import type { BatchSource, CommitOutcome, LakeTable } from '../../../src/lake/lake.js';
import type { Batch, Load } from '../../../src/lake/load.js';
import { loadExport, openExport, type OpenedExport } from '../../../src/processing/load-export.js';
import { writeExport } from '../../support/export-fixtures.js';
import { at, COMMITTED_AT, full, puts } from '../../support/lake-loads.js';

const FILES = 6;
const expected = { exportArn: 'arn:1', tableArn: 'arn:t', tableId: 'id-1', scope: full(0) };

let opened: OpenedExport;
beforeEach(async () => {
  const store: ObjectStore = createMemoryObjectStore();
  const files = Array.from({ length: FILES }, (_, file): Item[] => [{ pk: { S: `k${file}` } }]);
  const manifestKey = await writeExport(store, { expected, prefix: 'p', files: files.map(puts) });
  opened = await openExport(
    { store, manifestKey, expected },
    { ...expected, epoch: 1, keyAttributes: ['pk'], batchBytes: 1 },
  );
});

/** A lake's table that keeps what is asked of it; `onWrite` may fail. */
class RecordingTable implements LakeTable {
  readonly calls: string[] = [];
  readonly #onWrite: (batch: Batch, source: BatchSource) => Promise<void>;
  atOnce = 0;
  mostAtOnce = 0;

  constructor(onWrite: (batch: Batch, source: BatchSource) => Promise<void> = async () => {}) {
    this.#onWrite = onWrite;
  }

  readState(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async profileBatch(_load: Load, batch: Batch): Promise<void> {
    this.calls.push(`profile ${batch.index}`);
    await Promise.resolve();
  }

  async writeBatch(_load: Load, batch: Batch, source: BatchSource): Promise<never> {
    this.calls.push(`write ${batch.index}`);
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    try {
      await new Promise(setImmediate);
      await this.#onWrite(batch, source);
    } finally {
      this.atOnce -= 1;
    }
    return undefined as never;
  }

  commit(load: Load, batchCount: number): Promise<CommitOutcome> {
    this.calls.push(`commit ${load.exportArn} of ${batchCount}`);
    return Promise.resolve({ outcome: 'committed', watermark: at(0) });
  }
}

function run(table: LakeTable, signal = new AbortController().signal): Promise<CommitOutcome> {
  const options = { concurrency: 2, signal, now: () => COMMITTED_AT, onRecords: () => undefined };
  return loadExport(table, opened, options);
}

test('every batch is profiled, then written, no more at once than allowed, then all committed', async () => {
  const table = new RecordingTable();
  await expect(run(table)).resolves.toMatchObject({ outcome: 'committed' });
  const numbered = (what: string): string[] =>
    Array.from({ length: FILES }, (_, index) => `${what} ${index}`);
  expect(table.calls).toEqual([
    ...numbered('profile'),
    ...numbered('write'),
    `commit arn:1 of ${FILES}`,
  ]);
  expect(table.mostAtOnce).toBe(2);
});

test('the first failure stops the others, is told once all have ended, and nothing is committed', async () => {
  const told: unknown[] = [];
  const table = new RecordingTable(async ({ index }, source) => {
    if (index === 0) throw new Error('broken');
    await new Promise((resolve) => setTimeout(resolve, 20));
    try {
      source.onRecords(1);
    } catch (error) {
      told.push(error);
      throw error;
    }
  });
  await expect(run(table)).rejects.toThrow('broken');
  expect(told).toEqual([expect.objectContaining({ message: 'broken' })]);
  expect(table.atOnce).toBe(0);
  expect(table.calls.filter((call) => /write|commit/.test(call))).toEqual(['write 0', 'write 1']);
});

test('an abort stops the load before its commit', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const table = new RecordingTable(({ index }) => {
    if (index === FILES - 1) stop.abort(reason);
    return Promise.resolve();
  });
  await expect(run(table, stop.signal)).rejects.toBe(reason);
  expect(table.calls.at(-1)).toBe(`write ${FILES - 1}`);
});
