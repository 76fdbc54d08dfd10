/** Owns the law that expiry and the removal of orphans take nothing that a snapshot needs, and leave nothing else. */
import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createObjectFileIo } from '../../src/catalogs/object-file-io.js';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import { buildSnapshot } from '../../src/iceberg/build-snapshot.js';
import { FileContent, type DataFile } from '../../src/iceberg/manifest.js';
import { planScan } from '../../src/iceberg/plan-scan.js';
import type { TableMetadata } from '../../src/iceberg/table-metadata.js';
import { CARE_DEFAULTS } from '../../src/processing/iceberg/care/care-options.js';
import { tableLayout } from '../../src/lake/layout.js';
import type { CareEvent, CarePorts } from '../../src/processing/iceberg/care/care-ports.js';
import { careForTable } from '../../src/processing/iceberg/care/care-for-table.js';
import { manifestsOf } from '../../src/processing/iceberg/care/reachable-files.js';
import { timedUuid } from '../../src/processing/iceberg/care/timed-uuid.js';
import { tableMetadata } from '../support/catalog-tables.js';

const DAY_MS = 86_400_000;
// Later than now, which is when the table's first metadata says it was made.
const BEGIN_MS = 4_000_000_000_000;

/** What one day of a table's life brings. */
type Step =
  | { readonly kind: 'append' }
  /** Takes out one of the live files, by its place among them. */
  | { readonly kind: 'replace'; readonly place: number }
  /** Written and never committed. */
  | { readonly kind: 'dead attempt' }
  | { readonly kind: 'foreign file' }
  | { readonly kind: 'tag' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'append' } as const) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('replace' as const), place: fc.nat(9) }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Step>(
      { kind: 'dead attempt' },
      { kind: 'foreign file' },
      { kind: 'tag' },
    ),
  },
);

/** A table of files without content, in days. */
class DailyTable {
  readonly store = createMemoryObjectStore();
  readonly catalog = createFileCatalog({
    store: this.store,
    lakePrefix: 'lake',
    now: () => this.nowMs,
  });
  readonly io = createObjectFileIo(this.store);
  readonly foreign: string[] = [];
  readonly events: CareEvent[] = [];
  nowMs = BEGIN_MS;

  async begin(): Promise<void> {
    await this.catalog.createTable('t', tableMetadata(this.catalog.locationOf('t')));
  }

  async metadata(): Promise<TableMetadata> {
    return (await this.catalog.loadTable('t'))!.metadata;
  }

  async live(metadata: TableMetadata, snapshotId: bigint): Promise<readonly string[]> {
    const plan = await planScan(metadata, snapshotId, (location) => this.io.read(location));
    return plan.dataFiles.map(({ file }) => file.file_path);
  }

  async take(step: Step): Promise<void> {
    const metadata = await this.metadata();
    const main = metadata.refs['main']?.['snapshot-id'];
    if (step.kind === 'foreign file') {
      const location = `${metadata.location}/data/part-${this.foreign.length}.parquet`;
      await this.io.write(location, Buffer.from('theirs'));
      this.foreign.push(location);
    } else if (step.kind === 'tag') {
      if (main === undefined) return;
      const ref = { type: 'tag', 'snapshot-id': main } as const;
      const update = {
        action: 'set-snapshot-ref',
        'ref-name': `tag-${this.nowMs}`,
        ...ref,
      } as const;
      await this.catalog.commit('t', { requirements: [], updates: [update] });
    } else {
      const live = main === undefined ? [] : await this.live(metadata, main);
      const place =
        step.kind === 'replace' ? live[step.place % Math.max(1, live.length)] : undefined;
      await this.#commit(metadata, place, step.kind !== 'dead attempt');
    }
  }

  async #commit(
    metadata: TableMetadata,
    removed: string | undefined,
    ends: boolean,
  ): Promise<void> {
    const commitUuid = timedUuid(this.nowMs);
    const location = `${metadata.location}/data/${commitUuid}-00000.parquet`;
    await this.io.write(location, Buffer.from('rows'));
    const built = await buildSnapshot({
      metadata,
      snapshotId: randomBytes(8).readBigUInt64BE() >> 1n,
      commitUuid,
      operation: removed === undefined ? 'append' : 'overwrite',
      added: [dataFile(location)],
      ...(removed === undefined ? {} : { removed: new Set([removed]) }),
      summary: {},
      nowMs: this.nowMs,
      read: (at) => this.io.read(at),
      mergeLimits: { minCount: 3, targetSizeBytes: 2 ** 20 },
    });
    for (const { location: at, bytes } of built.files) await this.io.write(at, bytes);
    if (ends) expect((await this.catalog.commit('t', built)).outcome).toBe('committed');
  }

  async care(): Promise<void> {
    const ports: CarePorts = {
      store: this.store,
      catalog: this.catalog,
      io: this.io,
      tableName: 't',
      layout: tableLayout('lake', 't'),
      nowMs: () => this.nowMs,
      newSnapshotId: () => 1n,
    };
    const options = { ...CARE_DEFAULTS, minExpired: 1, keepSnapshotsMs: 3 * DAY_MS };
    await careForTable(ports, options, (event) => this.events.push(event));
  }

  async files(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const { location } of this.io.list(this.catalog.locationOf('t')))
      found.push(location);
    return found.filter((location) => /\.(avro|parquet)$/.test(location));
  }

  /** All that the table's snapshots need. */
  async needed(): Promise<Set<string>> {
    const metadata = await this.metadata();
    const { lists, manifests } = await manifestsOf(metadata.snapshots, (at) => this.io.read(at));
    const data = await Promise.all(
      metadata.snapshots.map((each) => this.live(metadata, each['snapshot-id'])),
    );
    return new Set([...lists, ...manifests.keys(), ...data.flat()]);
  }
}

function dataFile(location: string): DataFile {
  return {
    content: FileContent.Data,
    file_path: location,
    file_format: 'PARQUET',
    spec_id: 0,
    partition: {},
    record_count: 1,
    file_size_in_bytes: 4,
  };
}

test('what a snapshot needs stays, what none needs goes in time, what is foreign is left alone', async () => {
  let expired = 0;
  let orphans = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 20, size: 'max' }),
      async (steps) => {
        const table = new DailyTable();
        await table.begin();
        for (const each of [{ kind: 'append' } as const, ...steps]) {
          const before = await table.metadata();
          await table.take(each);
          await table.care();
          table.nowMs += DAY_MS;
          const files = new Set(await table.files());
          for (const location of [...(await table.needed()), ...table.foreign]) {
            expect(files).toContain(location);
          }
          // Tags point at what they pointed at.
          expect((await table.metadata()).refs).toMatchObject(tagsOf(before));
        }
        // All that is there is still of use, or could be: nothing made long ago is left.
        table.nowMs += 30 * DAY_MS;
        await table.care();
        const wanted = [...(await table.needed()), ...table.foreign].sort();
        expect([...(await table.files())].sort()).toEqual(wanted);
        expect((await table.metadata()).snapshots.length).toBeLessThanOrEqual(
          Object.keys((await table.metadata()).refs).length,
        );
        expect(table.events.filter(({ kind }) => kind === 'failed')).toEqual([]);
        expired += table.events.filter(({ kind }) => kind === 'expired').length;
        orphans += table.events.filter(({ kind }) => kind === 'removed-orphans').length;
      },
    ),
    { numRuns: 60 },
  );
  process.stdout.write(`${expired} expiries, ${orphans} removals of orphans\n`);
  expect(expired).toBeGreaterThan(0);
  expect(orphans).toBeGreaterThan(0);
});

function tagsOf({ refs }: TableMetadata): TableMetadata['refs'] {
  return Object.fromEntries(Object.entries(refs).filter(([name]) => name !== 'main'));
}
