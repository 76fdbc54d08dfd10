/** Owns committers that count in a table over a world that breaks, and what must come of it. */
import { expect } from '@jest/globals';
import { TidemarkError } from '../../src/core/errors.js';
import type { Catalog, LoadedTable } from '../../src/iceberg/catalog.js';
import { appendCommit, nextSnapshot, tableMetadata } from './catalog-tables.js';

const COUNT = 'tidemark.rounds';

/** Calls until no fault comes; other errors are thrown. */
async function persistently<Result>(call: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof TidemarkError && error.retryable)) throw error;
    }
  }
}

/**
 * Each of `committers` adds one to a number in the table `times` times, by what it hears of its
 * commits, and by the table where it hears nothing. Every one must be there, once and in order.
 */
export async function countTogether(
  committers: readonly Catalog[],
  tableName: string,
  times: number,
): Promise<void> {
  const [first] = committers;
  const metadata = tableMetadata(first!.locationOf(tableName));
  await persistently(() => first!.createTable(tableName, metadata));
  const load = async (catalog: Catalog): Promise<LoadedTable> =>
    (await persistently(() => catalog.loadTable(tableName)))!;

  const committed = await Promise.all(
    committers.map(async (catalog) => {
      const own: bigint[] = [];
      for (let table = await load(catalog); own.length < times; table = await load(catalog)) {
        const snapshot = nextSnapshot(table.metadata);
        const count = String(Number(table.metadata.properties[COUNT]) + 1);
        const commit = appendCommit(table.metadata, { [COUNT]: count }, snapshot);
        let took: boolean;
        try {
          took = (await catalog.commit(tableName, commit)).outcome === 'committed';
        } catch (error) {
          if (!(error instanceof TidemarkError && error.retryable)) throw error;
          const { snapshots } = (await load(catalog)).metadata;
          took = snapshots.some((one) => one['snapshot-id'] === snapshot['snapshot-id']);
        }
        if (took) own.push(snapshot['snapshot-id']);
      }
      return own;
    }),
  );

  const { snapshots, properties } = (await load(first!)).metadata;
  const ids = snapshots.map((snapshot) => snapshot['snapshot-id']);
  expect([...ids].sort()).toEqual(committed.flat().sort());
  expect(snapshots.map((s) => s['sequence-number'])).toEqual(ids.map((_, n) => n + 1));
  expect(snapshots.slice(1).map((s) => s['parent-snapshot-id'])).toEqual(ids.slice(0, -1));
  expect(properties[COUNT]).toBe(String(committers.length * times));
}
