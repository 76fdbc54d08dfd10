/** Owns a lake of one table whose rows are parted, told to readers after each load. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import type { ExportScope } from '../../src/export/table-exports.js';
import type { TableMetadata } from '../../src/iceberg/table-metadata.js';
import type { LakeTable } from '../../src/lake/lake.js';
import type { TableOptions } from '../../src/lake/table-options.js';
import type { CareOptions } from '../../src/processing/iceberg/care/care-options.js';
import type { CareEvent } from '../../src/processing/iceberg/care/care-ports.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { tableHash } from './canonical-row.js';
import { READERS, type Readers, type SeenPartitions } from './iceberg-readers.js';
import { apply, full, keyOf, loadOf, puts, window } from './lake-loads.js';
import { LakeTruth } from './lake-truth.js';

/** A table `t`; each load is a quarter of an hour after the one before. */
export class PartedLake {
  readonly events: CareEvent[] = [];
  readonly #readers: Readers;
  readonly #directory: string;
  readonly #truth = new LakeTruth();
  #items = new Map<string, Item>();
  #loads = 0;

  static async make(readers: Readers): Promise<PartedLake> {
    return new PartedLake(readers, await mkdtemp(join(tmpdir(), 'tidemark-parted-')));
  }

  private constructor(readers: Readers, directory: string) {
    this.#readers = readers;
    this.#directory = directory;
  }

  /** Where Spark finds the table. */
  get folder(): string {
    return join(this.#directory, 'bucket', 'lake', 't');
  }

  /** Loads `items`, or what the table has, anew. */
  async full(
    options: TableOptions,
    items: readonly Item[] = [...this.#items.values()],
  ): Promise<void> {
    this.#items = new Map(items.map((item) => [JSON.stringify(keyOf(item)), item]));
    const table = this.#table(options, {});
    await apply(table, loadOf(full(this.#next()), [puts(items)]));
    this.#truth.replaceAll((await table.readState())!.schema, items);
  }

  /** A window of `changed` items, and of keys that are deleted, in as many batches as it has parts. */
  async window(
    parts: readonly (readonly (Item | { readonly deleted: string })[])[],
    care: Partial<CareOptions> = { everyLoads: Infinity },
  ): Promise<void> {
    const from = this.#loads * 15 - 15;
    const scope: ExportScope = window(from, this.#next());
    const batches = parts.map((part) => part.map((one) => this.#change(one)));
    // What is chosen anew does not count before the next full load.
    const table = this.#table({ partitionBy: ['identity(nowhere)'] }, care);
    await apply(table, loadOf(scope, batches));
    this.#truth.apply((await table.readState())!.schema, batches.flat());
  }

  /** Every reader sees every row, and each lies where PyIceberg would have put it. */
  async expectRead(): Promise<SeenPartitions> {
    const rows = this.#truth.rows();
    const metadataLocation = await this.metadataLocation();
    for (const reader of READERS) {
      const seen = await this.#readers.read({ reader, metadataLocation, withRows: true });
      expect({ reader, rows: seen.rows }).toEqual({ reader, rows });
      expect(seen.hash).toBe(tableHash(rows));
    }
    const partitions = await this.#readers.seePartitions({ metadataLocation });
    expect(partitions.wrong).toEqual([]);
    return partitions;
  }

  /** The data files that PyIceberg reads for a condition. */
  async filesFor(where: string): Promise<number> {
    const metadataLocation = await this.metadataLocation();
    return (await this.#readers.seePartitions({ metadataLocation, where })).files;
  }

  async metadataLocation(): Promise<string> {
    return (await this.#catalog().loadTable('t'))?.metadataLocation ?? '';
  }

  async metadata(): Promise<TableMetadata> {
    return (await this.#catalog().loadTable('t'))!.metadata;
  }

  remove(): Promise<void> {
    return rm(this.#directory, { recursive: true, force: true });
  }

  #change(one: Item | { readonly deleted: string }): Change {
    const deleted = 'deleted' in one && typeof one.deleted === 'string' ? one.deleted : undefined;
    const key = deleted === undefined ? keyOf(one as Item) : { pk: { S: deleted } };
    const oldImage = this.#items.get(JSON.stringify(key));
    if (deleted !== undefined) this.#items.delete(JSON.stringify(key));
    else this.#items.set(JSON.stringify(key), one as Item);
    return {
      key,
      writtenAtMicros: String(1_764_000_000_000_000 + this.#loads),
      ...(oldImage && { oldImage }),
      ...(deleted === undefined ? { newImage: one as Item } : {}),
    };
  }

  #next(): number {
    return 15 * this.#loads++;
  }

  #table(options: TableOptions, care: Partial<CareOptions>): LakeTable {
    const place = { store: this.#store(), lakePrefix: 'lake', format: 'iceberg' as const };
    return openLake({
      ...place,
      cacheDirectory: join(this.#directory, 'cache'),
      care: { care, onCare: (_table, event) => this.events.push(event) },
    }).table('t', options);
  }

  #catalog(): ReturnType<typeof createFileCatalog> {
    return createFileCatalog({ store: this.#store(), lakePrefix: 'lake' });
  }

  #store(): ReturnType<typeof createFileObjectStore> {
    return createFileObjectStore({ directory: join(this.#directory, 'bucket') });
  }
}
