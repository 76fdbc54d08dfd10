/** Owns the law that engines that are not ours see a table as it was: every row, after every commit. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Change } from '../../src/export/change.js';
import type { Catalog } from '../../src/iceberg/catalog.js';
import type { CommitOutcome, LakeTable } from '../../src/lake/lake.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { inParallel } from '../../src/processing/in-parallel.js';
import { tableHash } from '../support/canonical-row.js';
import { READERS, startReaders, type Readers } from '../support/iceberg-readers.js';
import { apply, commitLoad, loadOf, writeAll, type LoadFixture } from '../support/lake-loads.js';
import { inBatches, KEY_ATTRIBUTES, LakeModel } from '../support/lake-model.js';
import { optionsOf, scopeOf, storyOf, type StoryStep } from '../support/lake-stories.js';
import { LakeTruth } from '../support/lake-truth.js';

/** Stories told in each run; PySpark's run has hours, every other one has a minute. */
const SEEDS = Number(process.env['LAKE_SEEDS'] ?? (READERS.includes('pyspark') ? 300 : 60));
/** `LAKE_SEED=7` tells story 7 alone. */
const ONLY_SEED = process.env['LAKE_SEED'];
/** While one story is read, another is written. */
const AT_ONCE = 3;

let readers: Readers;
beforeAll(async () => {
  readers = await startReaders();
}, 600_000);
afterAll(() => readers.close(), 60_000);

/** A table in a folder, the machines that load it, and what it must hold. */
class Told {
  readonly #directory: string;
  readonly #catalog: Catalog;
  readonly #model = new LakeModel();
  readonly #truth = new LakeTruth();
  readonly #seed: number;
  #machines = 0;
  #mostTerms = Infinity;

  constructor(directory: string, seed: number) {
    this.#directory = directory;
    this.#seed = seed;
    this.#catalog = createFileCatalog({ store: this.#store(), lakePrefix: 'lake' });
  }

  async take(steps: readonly StoryStep[]): Promise<number> {
    let commits = 0;
    for (const [index, step] of steps.entries()) {
      const changes = this.#model.window(step.writes);
      const isFull = index === 0 || step.resync;
      await this.#load(index, step, isFull ? this.#model.full() : changes).catch(
        async (error: unknown) => {
          const { code } = error as TidemarkError;
          // As people do: what items turn out not to have, or not as a scalar, parts no rows.
          if (code === ErrorCode.InvalidConfig) this.#mostTerms = 1;
          // As a sync does: what a key's column cannot hold is loaded anew.
          else if (code !== ErrorCode.KeyOutgrown) throw error;
          await this.#load(index, { ...step, resync: true }, this.#model.full());
        },
      );
      await this.#expectEverywhere();
      commits++;
    }
    return commits;
  }

  async #load(index: number, step: StoryStep, changes: readonly Change[]): Promise<void> {
    const scope = scopeOf(index, step);
    const load = loadOf(scope, inBatches(changes, step.batchCount), {
      keyAttributes: KEY_ATTRIBUTES,
    });
    const [first, second] = [this.#machine(index, 'a'), this.#machine(index, 'b')];
    const loads = await befall(step.trouble, load, first, second, () =>
      this.#machine(index, `new-${this.#machines++}`),
    );
    expect(loads.filter((outcome) => outcome === 'committed')).toHaveLength(1);
    const { schema } = (await first.readState())!;
    if (scope.kind === 'full') this.#truth.replaceAll(schema, this.#model.state());
    else this.#truth.apply(schema, changes);
  }

  async #expectEverywhere(): Promise<void> {
    const { metadataLocation } = (await this.#catalog.loadTable('t'))!;
    const rows = this.#truth.rows();
    const wanted = { count: rows.length, hash: tableHash(rows) };
    const answers = READERS.map(async (reader) => {
      const seen = await readers.read({ reader, metadataLocation });
      if (seen.hash === wanted.hash && seen.count === wanted.count) return;
      const { rows: seenRows } = await readers.read({ reader, metadataLocation, withRows: true });
      expect({ reader, rows: seenRows }).toEqual({ reader, rows });
      throw new Error(`${reader} gives the rows of a table, but not their hash and count`);
    });
    await Promise.all(answers);
    expect((await readers.seePartitions({ metadataLocation })).wrong).toEqual([]);
  }

  /** For step `index`. One of a new name has never seen the table: it has no index of it. */
  #machine(index: number, name: string): LakeTable {
    const cacheDirectory = join(this.#directory, `cache-${name}`);
    const place = { store: this.#store(), lakePrefix: 'lake', cacheDirectory };
    const { partitionBy = [], ...options } = optionsOf(this.#seed, index);
    const terms = partitionBy.slice(0, this.#mostTerms);
    return openLake({ ...place, format: 'iceberg' }).table('t', { ...options, partitionBy: terms });
  }

  #store(): ObjectStore {
    return createFileObjectStore({ directory: join(this.#directory, 'store') });
  }
}

/** Takes a load through its trouble; what became of each time it was committed. */
async function befall(
  trouble: StoryStep['trouble'],
  load: LoadFixture,
  first: LakeTable,
  second: LakeTable,
  newMachine: () => LakeTable,
): Promise<readonly CommitOutcome['outcome'][]> {
  switch (trouble) {
    case 'none':
      return [(await apply(first, load)).outcome];
    case 'replayed':
      return [(await apply(first, load)).outcome, (await apply(second, load)).outcome];
    case 'twice at once': {
      const both = await Promise.all([first, second].map((table) => persistently(table, load)));
      return both.map(({ outcome }) => outcome);
    }
    case 'written again':
      await writeAll(first, load);
      await writeAll(second, load);
      return [(await commitLoad(first, load)).outcome];
    case 'another machine':
      return [(await apply(newMachine(), load)).outcome];
  }
}

/** Whoever meets another's commit may be told to try again. */
async function persistently(table: LakeTable, load: LoadFixture): Promise<CommitOutcome> {
  for (;;) {
    try {
      return await apply(table, load);
    } catch (error) {
      if (!(error instanceof TidemarkError && error.retryable)) throw error;
    }
  }
}

test('every reader sees every row, after every commit', async () => {
  const seeds = ONLY_SEED === undefined ? [...Array(SEEDS).keys()] : [Number(ONLY_SEED)];
  let commits = 0;
  await inParallel(seeds, AT_ONCE, async (seed) => {
    const directory = await mkdtemp(join(tmpdir(), 'lake-story-'));
    try {
      const told = await new Told(directory, seed).take(
        storyOf(seed, { minLength: 3, maxLength: 8 }),
      );
      commits += told;
    } catch (error) {
      process.stderr.write(`This was story LAKE_SEED=${seed}\n`);
      throw error;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
  process.stdout.write(`${seeds.length} stories, ${commits} commits, ${READERS.join(' + ')}\n`);
}, 7_200_000);
