/** Owns finding rows by an index on local disk, which is brought to the table's snapshot as needed. */
import { assert } from '../../core/assert.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { LiveFile } from '../../iceberg/live-file.js';
import { planScan, type ReadFile, type ScanPlan } from '../../iceberg/plan-scan.js';
import { knownTableOf } from '../../iceberg/table-columns.js';
import type { TableMetadata } from '../../iceberg/table-metadata.js';
import { ancestorsOf, currentSnapshot } from '../../iceberg/table-state.js';
import { CHANGE_KINDS } from '../../lake/column-type.js';
import type { RowsOfFile } from '../../positions/entries.js';
import { hashesAt, type KeyHashes } from '../../positions/key-hashes.js';
import type { PositionIndex } from '../../positions/position-index.js';
import { withTemporaryDirectory } from '../parquet-file.js';
import { joinHashes } from './change-log.js';
import { readKeys, type KeyFiles } from './read-keys.js';
import type {
  CommittedLog,
  CommittedRows,
  FoundRow,
  HashedRows,
  RowFinder,
  WriteStretch,
} from './row-finder.js';
import { rowsWrittenWithin } from './rows-written-within.js';

export interface IndexFinderOptions {
  readonly openIndex: (tableUuid: string) => Promise<PositionIndex>;
  readonly read: ReadFile;
  /** Local copies of files in a directory, for as long as it is there. */
  readonly localPathsIn: (directory: string) => KeyFiles['localPaths'];
}

/** Finds the rows of one table. */
export function createIndexFinder(options: IndexFinderOptions): RowFinder {
  return new IndexFinder(options);
}

/** Other processes may bring the index to another snapshot in between. */
const ATTEMPTS = 5;
/** What is taken up at once is held in memory, at 64 bytes a row; of more the index is built anew. */
const MOST_ROWS = 1_000_000;
const DELETE = CHANGE_KINDS.indexOf('delete');

class IndexFinder implements RowFinder {
  readonly #options: IndexFinderOptions;
  #index: PositionIndex | undefined;
  #tableUuid = '';

  constructor(options: IndexFinderOptions) {
    this.#options = options;
  }

  async find(
    metadata: TableMetadata,
    hashes: KeyHashes,
  ): Promise<(index: number) => FoundRow | undefined> {
    const snapshotId = currentSnapshot(metadata)?.['snapshot-id'];
    if (snapshotId === undefined || hashes.length === 0) return () => undefined;
    const index = await this.#open(metadata['table-uuid']);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await index.lookup(snapshotId, hashes);
      if (found !== undefined) {
        return (at) => {
          const file = found.files[at];
          const path = file === undefined || file < 0 ? undefined : found.filePaths[file];
          if (path === undefined) return undefined;
          const micros = found.writtenAtMicros[at] as number;
          return {
            path,
            position: found.positions[at] as number,
            writtenAtMicros: Number.isNaN(micros) ? undefined : micros,
          };
        };
      }
      await index.refresh();
      if (index.snapshotId !== snapshotId) await this.#bringTo(index, metadata, snapshotId);
    }
    throw new TidemarkError(`The index of ${metadata.location} is always at another snapshot.`, {
      code: ErrorCode.Throttled,
      subject: metadata.location,
      retryable: true,
    });
  }

  /** From the files themselves: the index knows rows by their keys alone. */
  async writtenWithin(metadata: TableMetadata, stretch: WriteStretch): Promise<HashedRows> {
    const { read, localPathsIn } = this.#options;
    const snapshotId = currentSnapshot(metadata)?.['snapshot-id'];
    assert(snapshotId !== undefined, 'rows are looked for in a snapshot');
    const plan = await planScan(metadata, snapshotId, read);
    return await withTemporaryDirectory((directory) =>
      rowsWrittenWithin(
        { known: knownTableOf(metadata), plan, localPaths: localPathsIn(directory) },
        stretch,
      ),
    );
  }

  async follow({ parentSnapshotId, snapshotId, logs }: CommittedRows): Promise<void> {
    try {
      await this.#index?.apply({
        parentSnapshotId,
        snapshotId,
        puts: logs.flatMap(putsOf),
        removals: removalsOf(logs),
      });
    } catch {
      // The commit took place whatever becomes of the index, which can learn of it from the table.
    }
  }

  async close(): Promise<void> {
    await this.#index?.close();
  }

  async #open(tableUuid: string): Promise<PositionIndex> {
    if (this.#index === undefined || this.#tableUuid !== tableUuid) {
      await this.#index?.close();
      this.#index = await this.#options.openIndex(tableUuid);
      this.#tableUuid = tableUuid;
    }
    return this.#index;
  }

  /** Reads the keys of what is new since the index's own snapshot, or of everything. */
  async #bringTo(index: PositionIndex, metadata: TableMetadata, snapshotId: bigint): Promise<void> {
    const { read, localPathsIn } = this.#options;
    const plan = await planScan(metadata, snapshotId, read);
    const before = index.snapshotId;
    const since =
      before !== undefined && isAncestor(metadata, before, snapshotId)
        ? await this.#since(metadata, before, plan)
        : undefined;
    await withTemporaryDirectory(async (directory) => {
      const known = knownTableOf(metadata);
      const files: KeyFiles = { known, plan, localPaths: localPathsIn(directory) };
      if (before === undefined || since === undefined || rowsOf(since.added) > MOST_ROWS) {
        await index.rebuild(snapshotId, readKeys(files, inOrder(plan.dataFiles)));
      } else {
        await this.#catchUp(index, files, { before, snapshotId, ...since });
      }
    });
  }

  /** Undefined where the files of the older snapshot are gone already. */
  async #since(
    metadata: TableMetadata,
    before: bigint,
    plan: ScanPlan,
  ): Promise<Difference | undefined> {
    try {
      return difference(await planScan(metadata, before, this.#options.read), plan);
    } catch (error) {
      if (error instanceof TidemarkError && error.code === ErrorCode.NotFound) return undefined;
      throw error;
    }
  }

  async #catchUp(
    index: PositionIndex,
    files: KeyFiles,
    step: Difference & { readonly before: bigint; readonly snapshotId: bigint },
  ): Promise<void> {
    const { before, snapshotId, added, removed } = step;
    const puts: RowsOfFile[] = [];
    for await (const rows of readKeys(files, added)) puts.push(rows);
    // Keys that have no row any more still name the row they had, which is taken out already.
    await index.apply({
      parentSnapshotId: before,
      snapshotId,
      puts,
      removals: { length: 0, words: new Uint32Array(0) },
      removedFiles: removed,
    });
  }
}

/** After a rollback the index may stand for a snapshot that did not lead to the current one. */
function isAncestor(metadata: TableMetadata, older: bigint, newer: bigint): boolean {
  return [...ancestorsOf(metadata, newer)].some((each) => each['snapshot-id'] === older);
}

/** By age: of a key that two files have, the newer one's row counts. */
function inOrder(files: readonly LiveFile[]): readonly LiveFile[] {
  return files.toSorted((a, b) => a.sequenceNumber - b.sequenceNumber);
}

/** How the data files of two snapshots differ; the added ones by age. */
interface Difference {
  readonly added: readonly LiveFile[];
  readonly removed: readonly string[];
}

function rowsOf(files: readonly LiveFile[]): number {
  return files.reduce((sum, { file }) => sum + file.record_count, 0);
}

function difference(before: ScanPlan, after: ScanPlan): Difference {
  const pathsBefore = new Set(before.dataFiles.map(({ file }) => file.file_path));
  const pathsAfter = new Set(after.dataFiles.map(({ file }) => file.file_path));
  return {
    added: inOrder(after.dataFiles.filter(({ file }) => !pathsBefore.has(file.file_path))),
    removed: [...pathsBefore].filter((path) => !pathsAfter.has(path)),
  };
}

function putsOf({ log, paths, counts }: CommittedLog): readonly RowsOfFile[] {
  return paths.map((filePath, file) => {
    const places = placesOf(
      log,
      (place) => log.files[place] === file && log.kinds[place] !== DELETE && counts(place),
    );
    return {
      filePath,
      keys: hashesAt(log.hashes, places),
      positions: Uint32Array.from(places, (place) => log.positions[place] as number),
      writtenAtMicros: Float64Array.from(places, (place) => log.writtenAtMicros[place] as number),
    };
  });
}

function removalsOf(logs: readonly CommittedLog[]): KeyHashes {
  const parts = logs.map(({ log, counts }) =>
    hashesAt(
      log.hashes,
      placesOf(log, (place) => log.kinds[place] === DELETE && counts(place)),
    ),
  );
  return joinHashes(parts);
}

function placesOf({ length }: CommittedLog['log'], is: (place: number) => boolean): number[] {
  const places: number[] = [];
  for (let place = 0; place < length; place++) if (is(place)) places.push(place);
  return places;
}
