/** Owns one state of the index as opened: its head, its runs, and the files that they name. */
import { DamagedError } from './damaged-error.js';
import { errnoOf } from './disk-trouble.js';
import { TOMBSTONE } from './entries.js';
import { readHead, readNewestSequence } from './head-files.js';
import type { Head, RunInfo } from './head.js';
import { RunFile, type RunPlace } from './run-file.js';

/** Each time another process has to get a change in between, so a few are plenty. */
const ATTEMPTS = 20;
const NOT_A_FILE = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

/** Does not change; a newer one takes its place. */
export interface IndexState {
  readonly head: Head;
  /** The oldest first. */
  readonly runs: readonly RunFile[];
  /** Paths of all files that the runs name, but the removed ones. */
  readonly filePaths: readonly string[];
  /** For each run: from its own ordinals to those of `filePaths`, {@link TOMBSTONE} for a removed file. */
  readonly ordinals: readonly Uint32Array[];
}

/** The newest state at `place`; runs that `previous` has open are taken from it, others closed. */
export async function loadState(
  place: RunPlace,
  tableUuid: string,
  previous?: IndexState,
): Promise<IndexState> {
  const { directory } = place;
  for (let attempt = 1; ; attempt++) {
    const sequence = await readNewestSequence(directory);
    if (previous?.head.sequence === sequence) return previous;
    if (sequence === 0) return await replace(previous, emptyHead(tableUuid), []);
    try {
      const head = await readHead(directory, sequence);
      if (head.tableUuid !== tableUuid) throw new DamagedError('The index is of another table.');
      return await replace(previous, head, await openRuns(place, head.runs, previous));
    } catch (error) {
      if (!NOT_A_FILE.has(errnoOf(error) ?? '')) throw error;
      // A head or run that vanished was replaced, or else somebody took it away.
      const replaced = (await readNewestSequence(directory)) !== sequence;
      if (!replaced || attempt === ATTEMPTS)
        throw new DamagedError('A part of the index is missing.');
    }
  }
}

/** The state before anything was built. */
export function emptyHead(tableUuid: string, sequence = 0): Head {
  return { sequence, tableUuid, snapshotId: undefined, runs: [], removedFiles: [] };
}

/** Closes every run of `state`. */
export async function closeState(state: IndexState): Promise<void> {
  await Promise.all(state.runs.map((run) => run.close()));
}

async function openRuns(
  place: RunPlace,
  infos: readonly RunInfo[],
  previous: IndexState | undefined,
): Promise<RunFile[]> {
  const runs: RunFile[] = [];
  const opened: RunFile[] = [];
  try {
    for (const info of infos) {
      const known = previous?.runs.find((run) => run.info.name === info.name);
      const run = known ?? (await RunFile.open(place, info));
      if (known === undefined) opened.push(run);
      runs.push(run);
    }
  } catch (error) {
    await Promise.all(opened.map((run) => run.close()));
    throw error;
  }
  return runs;
}

async function replace(
  previous: IndexState | undefined,
  head: Head,
  runs: readonly RunFile[],
): Promise<IndexState> {
  const dropped = previous?.runs.filter((run) => !runs.includes(run)) ?? [];
  await Promise.all(dropped.map((run) => run.close()));
  return stateOf(head, runs);
}

/** The state that `head` names, with its runs opened. */
export function stateOf(head: Head, runs: readonly RunFile[]): IndexState {
  const removed = new Set(head.removedFiles);
  const known = new Map<string, number>();
  const ordinals = runs.map(({ directory: { filePaths } }) =>
    Uint32Array.from(filePaths, (path) => {
      if (removed.has(path)) return TOMBSTONE;
      const ordinal = known.get(path) ?? known.size;
      known.set(path, ordinal);
      return ordinal;
    }),
  );
  return { head, runs, filePaths: [...known.keys()], ordinals };
}
