/** Owns the choice of what files of a table are written anew. */
import type { CareOptions } from './care-options.js';

/** A data file, and how many of its rows are taken out. */
export interface DataFileFacts {
  readonly location: string;
  /** Equal for files of one partition: rows of several are never written into one file. */
  readonly partition: string;
  readonly sizeBytes: number;
  readonly rows: number;
  readonly deletedRows: number;
  /** False when its rows are for somebody else to write. */
  readonly canRewrite: boolean;
}

/** A file of position deletes, and what it takes out. */
export interface DeleteFileFacts {
  /** Its `fileKey`, since vectors share a location. */
  readonly location: string;
  /** That of all data files whose rows it names. */
  readonly partition: string;
  readonly sizeBytes: number;
  /** Rows that it names, also of data files that are gone. */
  readonly rows: number;
  /** Rows of data files that are there, by their locations. */
  readonly appliedRows: ReadonlyMap<string, number>;
}

export interface CompactionFacts {
  readonly dataFiles: readonly DataFileFacts[];
  readonly deleteFiles: readonly DeleteFileFacts[];
}

/** Locations; each file is in one list at most. */
export interface CompactionWork {
  /** Data files whose live rows are written anew, with the deletes that apply to them undone. */
  readonly rewrite: readonly string[];
  /** Files of position deletes that become one for each partition. */
  readonly mergeDeletes: readonly string[];
  /** Files of position deletes that take out nothing any more. */
  readonly dropDeletes: readonly string[];
}

type Limits = Pick<
  CareOptions,
  'maxDeletedShare' | 'minRun' | 'targetFileBytes' | 'maxRewriteBytes'
>;

/** Opening a file costs about as much as reading this much of it. */
const LEAST_BYTES = 1024 * 1024;
/** Above this share of the target, a file counts as full. */
const FULL_SHARE = 0.75;

/** What is worth writing anew, within the limits of one pass. */
export function planCompaction(facts: CompactionFacts, limits: Limits): CompactionWork {
  const rewrite = dataFilesToRewrite(facts.dataFiles, limits);
  const applied = (file: DeleteFileFacts): number => {
    let rows = 0;
    for (const [location, count] of file.appliedRows) if (!rewrite.has(location)) rows += count;
    return rows;
  };
  const dropDeletes = facts.deleteFiles.filter((file) => applied(file) === 0);
  const remaining = facts.deleteFiles.filter((file) => applied(file) > 0);
  const isStale = (file: DeleteFileFacts): boolean =>
    file.rows - applied(file) >= limits.maxDeletedShare * file.rows;
  const merged = new Set([
    ...withinBytes(remaining.filter(isStale), limits.maxRewriteBytes),
    ...smallRuns(remaining, limits, limits.maxRewriteBytes),
  ]);
  return {
    rewrite: [...rewrite],
    mergeDeletes: [...merged].map(({ location }) => location),
    dropDeletes: dropDeletes.map(({ location }) => location),
  };
}

/** Whether it is worth reading what the deletes take out, which files alone do not tell. */
export function mayNeedCompaction(
  dataFiles: readonly Pick<DataFileFacts, 'sizeBytes' | 'partition'>[],
  deleteFiles: number,
  limits: Limits,
): boolean {
  return deleteFiles > 0 || smallRuns(dataFiles, limits, Infinity).length > 0;
}

function dataFilesToRewrite(files: readonly DataFileFacts[], limits: Limits): ReadonlySet<string> {
  const { maxDeletedShare, maxRewriteBytes } = limits;
  const share = ({ rows, deletedRows }: DataFileFacts): number =>
    rows === 0 ? 1 : deletedRows / rows;
  const candidates = files.filter(({ canRewrite }) => canRewrite);
  const hollow = withinBytes(
    candidates
      .filter((file) => share(file) >= maxDeletedShare)
      .toSorted((a, b) => share(b) - share(a)),
    maxRewriteBytes,
  );
  const left = maxRewriteBytes - sum(hollow, ({ sizeBytes }) => sizeBytes);
  const others = candidates.filter((file) => share(file) < maxDeletedShare);
  const run = smallRuns(others, limits, left);
  return new Set([...hollow, ...run].map(({ location }) => location));
}

/** As many from the front as `maxBytes` hold, and one in any case. */
function withinBytes<F extends { readonly sizeBytes: number }>(
  files: readonly F[],
  maxBytes: number,
): readonly F[] {
  let bytes = 0;
  return files.filter(({ sizeBytes }, index) => {
    if (index > 0 && bytes + sizeBytes > maxBytes) return false;
    bytes += sizeBytes;
    return true;
  });
}

/** The {@link smallRun} of each partition, as far as `maxBytes` hold. */
function smallRuns<F extends { readonly sizeBytes: number; readonly partition: string }>(
  files: readonly F[],
  limits: Limits,
  maxBytes: number,
): readonly F[] {
  const partitions = new Map<string, F[]>();
  for (const file of files) {
    const group = partitions.get(file.partition);
    if (group === undefined) partitions.set(file.partition, [file]);
    else group.push(file);
  }
  let left = maxBytes;
  return [...partitions.values()].flatMap((group) => {
    const run = smallRun(group, limits, left);
    left -= sum(run, ({ sizeBytes }) => sizeBytes);
    return run;
  });
}

/**
 * The smallest files, each no larger than those before it together: so every row is written anew only
 * as often as the table doubles, and what remains are a few files of each size.
 */
function smallRun<F extends { readonly sizeBytes: number }>(
  files: readonly F[],
  { minRun, targetFileBytes }: Limits,
  maxBytes: number,
): readonly F[] {
  const weight = ({ sizeBytes }: F): number => Math.max(sizeBytes, LEAST_BYTES);
  const small = files
    .filter(({ sizeBytes }) => sizeBytes < FULL_SHARE * targetFileBytes)
    .toSorted((a, b) => a.sizeBytes - b.sizeBytes);
  let run: F[] = [];
  let weights = 0;
  let bytes = 0;
  for (const file of small) {
    if (run.length > 0 && weight(file) > weights) {
      if (run.length >= minRun) break;
      run = [];
      weights = bytes = 0;
    }
    if (bytes + file.sizeBytes > maxBytes) break;
    run.push(file);
    weights += weight(file);
    bytes += file.sizeBytes;
  }
  return run.length >= minRun ? run : [];
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
