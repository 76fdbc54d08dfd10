/** Owns the index on local disk: heads that name runs, of which every change writes a new one. */
import { mkdir, rm } from 'node:fs/promises';

import { ErrorCode, TidemarkError } from '../core/errors.js';
import { DamagedError } from './damaged-error.js';
import { diskTrouble, errnoOf } from './disk-trouble.js';
import { ENTRY_WORDS, type RowsOfFile } from './entries.js';
import { commitHead, readNewestSequence } from './head-files.js';
import type { Head } from './head.js';
import { closeState, emptyHead, loadState, stateOf, type IndexState } from './index-state.js';
import type { KeyHashes } from './key-hashes.js';
import { lookUp, type Positions } from './look-up.js';
import { planMerge } from './plan-merge.js';
import type {
  PositionIndex,
  PositionStats,
  PositionUpdate,
  RebuildOutcome,
} from './position-index.js';
import { RowSpill } from './row-spill.js';
import { RunWriter } from './run-writer.js';
import { verifyState, type Verification } from './verify-positions.js';
import { removedFilesAfter, writeChanges, writeMerged } from './write-runs.js';

/** Each time another process has to merge runs just then, so a few are plenty. */
const ATTEMPTS = 5;
/** The runs of a few windows, 2 MiB each. */
const ENTRIES_IN_MEMORY = 65_536;

/** Where an index lies, and of which table it is. */
export interface PositionIndexOptions {
  /** The index's own; made when it is not there. */
  readonly directory: string;
  /** What lies there of another table is dropped. */
  readonly tableUuid: string;
  /** Runs of so many entries or fewer are kept in memory; 65,536 when absent. */
  readonly entriesInMemory?: number;
}

/** Opens the index in a directory, empty when there is none or none that can be used. */
export async function openPositionIndex(options: PositionIndexOptions): Promise<PositionIndex> {
  const index = new DiskPositionIndex(options);
  await index.refresh();
  return index;
}

class DiskPositionIndex implements PositionIndex {
  readonly #directory: string;
  readonly #tableUuid: string;
  readonly #entriesInMemory: number;
  #state: IndexState;
  #lastCall: Promise<unknown> = Promise.resolve();

  constructor({ directory, tableUuid, entriesInMemory }: PositionIndexOptions) {
    this.#directory = directory;
    this.#tableUuid = tableUuid;
    this.#entriesInMemory = entriesInMemory ?? ENTRIES_IN_MEMORY;
    this.#state = stateOf(emptyHead(tableUuid), []);
  }

  get snapshotId(): bigint | undefined {
    return this.#state.head.snapshotId;
  }

  refresh(): Promise<void> {
    return this.#next(() => this.#load(), undefined);
  }

  lookup(snapshotId: bigint, keys: KeyHashes): Promise<Positions | undefined> {
    return this.#next(async () => {
      await this.#load();
      return this.snapshotId === snapshotId ? lookUp(this.#state, keys) : undefined;
    }, undefined);
  }

  apply(update: PositionUpdate): Promise<boolean> {
    return this.#next(() => this.#apply(update), false);
  }

  rebuild(snapshotId: bigint, rows: AsyncIterable<RowsOfFile>): Promise<RebuildOutcome> {
    const failed = { built: false, rows: 0, repeatedRows: 0 };
    return this.#next(() => this.#rebuild(snapshotId, rows), failed);
  }

  verify(snapshotId: bigint, rows: AsyncIterable<RowsOfFile>): Promise<Verification | undefined> {
    return this.#next(async () => {
      await this.#load();
      if (this.snapshotId !== snapshotId) return undefined;
      return verifyState(this.#directory, this.#state, rows);
    }, undefined);
  }

  drop(): Promise<void> {
    return this.#next(() => this.#drop(), undefined);
  }

  stats(): PositionStats {
    const infos = this.#state.head.runs;
    return {
      runs: infos.length,
      entries: infos.reduce((sum, run) => sum + run.entries, 0),
      sizeBytes: infos.reduce((sum, run) => sum + run.sizeBytes, 0),
      files: this.#state.filePaths.length,
    };
  }

  close(): Promise<void> {
    return this.#next(async () => {
      await closeState(this.#state);
      this.#state = stateOf(emptyHead(this.#tableUuid), []);
    }, undefined);
  }

  /** Runs `work` after all that was asked for before; of damage comes an empty index, and `empty`. */
  #next<T>(work: () => Promise<T>, empty: T): Promise<T> {
    const call = this.#lastCall.then(async () => {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof DamagedError)) throw diskTrouble(error, this.#directory);
        await this.#drop();
        return empty;
      }
    });
    this.#lastCall = call.catch(() => undefined);
    return call;
  }

  async #load(): Promise<void> {
    try {
      await makeDirectory(this.#directory);
      const place = { directory: this.#directory, entriesInMemory: this.#entriesInMemory };
      this.#state = await loadState(place, this.#tableUuid, this.#state);
    } catch (error) {
      if (!(error instanceof DamagedError)) throw error;
      await this.#drop();
    }
  }

  /** An empty head on top of whatever there is; where even that is not possible, a new directory. */
  async #drop(): Promise<void> {
    await closeState(this.#state);
    const directory = this.#directory;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      await makeDirectory(directory);
      const head = emptyHead(this.#tableUuid, (await readNewestSequence(directory)) + 1);
      this.#state = stateOf(head, []);
      if (await commitHead(directory, head)) return;
    }
    await rm(directory, { recursive: true, force: true });
    await makeDirectory(directory);
    this.#state = stateOf(emptyHead(this.#tableUuid), []);
  }

  async #apply(update: PositionUpdate): Promise<boolean> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      await this.#load();
      const { head } = this.#state;
      if (head.snapshotId === update.snapshotId) return true;
      if (head.snapshotId !== update.parentSnapshotId) return false;
      const removedFiles = removedFilesAfter(this.#state, update);
      const sequence = head.sequence + 1;
      const run = await writeChanges(this.#directory, sequence, update);
      const runs = run === undefined ? head.runs : [...head.runs, run];
      const { snapshotId } = update;
      if (await this.#commit({ ...head, sequence, snapshotId, runs, removedFiles })) {
        await this.#mergeRuns();
        return true;
      }
    }
    return false;
  }

  /** The index is as right without it: when the disk has no room for it, that is for another time. */
  async #mergeRuns(): Promise<void> {
    const { head, runs } = this.#state;
    const start = planMerge(runs.map((run) => run.info.entries));
    if (start === undefined) return;
    try {
      const merged = await writeMerged(this.#directory, this.#state, start);
      const after = [...head.runs.slice(0, start), merged];
      const kept = { head, runs: runs.slice(0, start) };
      await this.#commit({
        ...head,
        sequence: head.sequence + 1,
        runs: after,
        removedFiles: removedFilesAfter(kept, { puts: [] }),
      });
    } catch (error) {
      const trouble = diskTrouble(error, this.#directory);
      if (!(trouble instanceof TidemarkError) || trouble.code !== ErrorCode.DiskFull) throw error;
    }
  }

  async #rebuild(snapshotId: bigint, rows: AsyncIterable<RowsOfFile>): Promise<RebuildOutcome> {
    await this.#load();
    const directory = this.#directory;
    const sequence = this.#state.head.sequence + 1;
    return RowSpill.use(directory, sequence, async (spill) => {
      for await (const batch of rows) await spill.add(batch);
      let repeatedRows = 0;
      const target = { directory, sequence, entries: spill.rows };
      const run = await RunWriter.write(target, async (writer) => {
        for await (const { entries, rows: count } of spill.sorted()) {
          repeatedRows += count - entries.length / ENTRY_WORDS;
          await writer.add(entries);
        }
        return spill.filePaths;
      });
      const head = { ...emptyHead(this.#tableUuid, sequence), snapshotId, runs: [run] };
      const committed = await this.#commit(head);
      const built = committed || this.snapshotId === snapshotId;
      return { built, rows: spill.rows, repeatedRows };
    });
  }

  /**
   * Makes `head` the index's state; false when another process was first, whose state it then has.
   * What was written for it then is left to the next commit: only that knows that nobody uses it.
   */
  async #commit(head: Head): Promise<boolean> {
    const committed = await commitHead(this.#directory, head);
    await this.#load();
    return committed;
  }
}

/** Whatever lies in the place of the directory, as a file does, goes. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    await rm(directory, { force: true });
    await mkdir(directory, { recursive: true });
  }
}
