/** Owns the law that the care of a table changes no row: every reader sees the truth after each load. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import type { LakeTable } from '../../src/lake/lake.js';
import type { CareOptions } from '../../src/processing/iceberg/care/care-options.js';
import type { CareEvent } from '../../src/processing/iceberg/care/care-ports.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { tableHash } from '../support/canonical-row.js';
import { READERS, startReaders, type Readers } from '../support/iceberg-readers.js';
import { apply, itemsOf, loadOf } from '../support/lake-loads.js';
import { inBatches, KEY_ATTRIBUTES, LakeModel, sortedItems } from '../support/lake-model.js';
import { optionsOf, scopeOf, storyOf, type StoryStep } from '../support/lake-stories.js';
import { LakeTruth } from '../support/lake-truth.js';

let readers: Readers;
beforeAll(async () => {
  readers = await startReaders();
}, 600_000);
afterAll(() => readers.close(), 60_000);

/** Care that comes often and takes little: everything happens within a few loads. */
const care: fc.Arbitrary<Partial<CareOptions>> = fc.record({
  everyLoads: fc.integer({ min: 1, max: 3 }),
  maxDeletedShare: fc.constantFrom(0.01, 0.3, 1),
  minRun: fc.integer({ min: 2, max: 4 }),
  targetFileBytes: fc.constantFrom(1, 2 ** 28),
  maxRewriteBytes: fc.constantFrom(1, 20_000, 2 ** 29),
  keepSnapshotsMs: fc.constantFrom(-1, -1, -1, 3_600_000),
  minExpired: fc.integer({ min: 1, max: 3 }),
  orphanAgeMs: fc.constantFrom(-1, 3_600_000),
  orphansEveryMs: fc.constant(-1),
});

/** A table that is loaded, cared for, and compared. */
class Cared {
  readonly #store;
  readonly #directory: string;
  readonly #seed: number;
  readonly #care: Partial<CareOptions>;
  readonly #events: CareEvent[];
  readonly #model = new LakeModel();
  readonly #truth = new LakeTruth();

  constructor(directory: string, seed: number, options: Partial<CareOptions>, events: CareEvent[]) {
    this.#directory = directory;
    this.#seed = seed;
    this.#store = createFileObjectStore({ directory: join(directory, 'store') });
    this.#care = options;
    this.#events = events;
  }

  async take(index: number, step: StoryStep, machine: number): Promise<void> {
    const changes = this.#model.window(step.writes);
    const table = this.#machine(machine, index);
    try {
      await this.#load(table, index, step, changes);
    } catch (error) {
      if ((error as TidemarkError).code !== ErrorCode.KeyOutgrown) throw error;
      await this.#load(table, index, { ...step, resync: true }, changes);
    }
    await this.#compare(table);
  }

  async #load(
    table: LakeTable,
    index: number,
    step: StoryStep,
    changes: ReturnType<LakeModel['window']>,
  ): Promise<void> {
    const scope = scopeOf(index, step);
    const rows = scope.kind === 'full' ? this.#model.full() : changes;
    const load = loadOf(scope, inBatches(rows, step.batchCount), {
      keyAttributes: KEY_ATTRIBUTES,
    });
    expect((await apply(table, load)).outcome).toBe('committed');
    const state = (await table.readState())!;
    expect(state.watermark).toBe(scope.kind === 'full' ? scope.exportTime : scope.window.to);
    if (scope.kind === 'full') this.#truth.replaceAll(state.schema, this.#model.state());
    else this.#truth.apply(state.schema, changes);
  }

  async #compare(table: LakeTable): Promise<void> {
    expect(await table.readState()).toBeDefined();
    const catalog = createFileCatalog({ store: this.#store, lakePrefix: 'lake' });
    const { metadata, metadataLocation } = (await catalog.loadTable('t'))!;
    const rows = this.#truth.rows();
    const hash = tableHash(rows);
    for (const reader of READERS) {
      const seen = await readers.read({ reader, metadataLocation, withRows: true });
      expect({ reader, rows: seen.rows, hash: seen.hash }).toEqual({ reader, rows, hash });
      // Whatever was expired and removed: what is left can be read.
      for (const { 'snapshot-id': snapshotId } of metadata.snapshots) {
        await readers.read({ reader, metadataLocation, snapshotId });
      }
    }
    const items = await itemsOf({ store: this.#store, lakePrefix: 'lake' }, 't');
    expect(sortedItems(items)).toEqual(this.#model.state());
  }

  #machine(number: number, index: number): LakeTable {
    const cacheDirectory = join(this.#directory, `cache-${number}`);
    // Of its key, which each item has.
    const { partitionBy = [], ...options } = optionsOf(this.#seed, index);
    return openLake({
      store: this.#store,
      lakePrefix: 'lake',
      format: 'iceberg',
      cacheDirectory,
      care: { care: this.#care, onCare: (_table, event) => this.#events.push(event) },
    }).table('t', { ...options, partitionBy: partitionBy.slice(0, 1) });
  }
}

test('every row is as it was, whatever was written anew, expired or removed', async () => {
  const events: CareEvent[] = [];
  let loads = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(), care, async (seed, options) => {
      const directory = await mkdtemp(join(tmpdir(), 'tidemark-care-'));
      try {
        const cared = new Cared(directory, seed, options, events);
        const steps = storyOf(seed, { minLength: 4, maxLength: 10 });
        for (const [index, step] of steps.entries())
          await cared.take(index, step, seed % (index + 2));
        loads += steps.length;
      } finally {
        await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
      }
    }),
    // A story takes seconds: one that fails is told at once, by the seed that repeats it.
    { numRuns: Number(process.env['CARE_RUNS'] ?? 6), endOnFailure: true },
  );
  const failures = events.filter(({ kind }) => kind === 'failed');
  expect(failures).toEqual([]);
  const count = (kind: CareEvent['kind']): number =>
    events.filter((event) => event.kind === kind).length;
  expect(count('compacted')).toBeGreaterThan(0);
  expect(count('expired')).toBeGreaterThan(0);
  process.stdout.write(
    `${loads} loads: ${count('compacted')} compactions, ${count('expired')} expiries, ` +
      `${count('removed-orphans')} removals of orphans, read by ${READERS.join(' + ')}\n`,
  );
}, 600_000);
