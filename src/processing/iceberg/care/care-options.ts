/** Owns what bounds the care of a table: when something is done, and how much of it at a time. */
import type { TableCare } from '../../../lake/table-care.js';

/** Every limit of a table's care; {@link CARE_DEFAULTS} has the usual ones. */
export interface CareOptions {
  /** Loads between two looks at whether files are to be written anew. */
  readonly everyLoads: number;
  /** A data file is written anew once this share of its rows is taken out; above 0, at most 1. */
  readonly maxDeletedShare: number;
  /** So many files of similar size, or more, become one. */
  readonly minRun: number;
  /** Written files are about this large at most; files near it are left as they are. */
  readonly targetFileBytes: number;
  /** What is read for writing anew in one pass, of data and of deletes; one file in any case. */
  readonly maxRewriteBytes: number;
  /**
   * How long a snapshot can be read after it was committed. Iceberg's own table properties
   * `history.expire.max-snapshot-age-ms` and `history.expire.min-snapshots-to-keep` come first.
   */
  readonly keepSnapshotsMs: number;
  /** Snapshots expire so many at a time at least: each time is a commit. */
  readonly minExpired: number;
  /** And so many at most. */
  readonly maxExpired: number;
  /** Files that no snapshot has are removed at this age: no attempt to commit them takes so long. */
  readonly orphanAgeMs: number;
  /** How often they are looked for: a look lists the table's folders. */
  readonly orphansEveryMs: number;
  /** How many of them are removed in one pass. */
  readonly maxOrphans: number;
}

const MIB = 1024 * 1024;
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** The usual limits, unless they are the user's. */
export const CARE_DEFAULTS: CareOptions = {
  everyLoads: 16,
  maxDeletedShare: 0.3,
  minRun: 16,
  targetFileBytes: 256 * MIB,
  maxRewriteBytes: 256 * MIB,
  keepSnapshotsMs: 7 * DAY_MS,
  minExpired: 50,
  maxExpired: 1000,
  orphanAgeMs: 3 * DAY_MS,
  orphansEveryMs: DAY_MS,
  maxOrphans: 10_000,
};

/** What `care` says of the limits. */
export function careLimits({
  keepDays,
  compactEvery,
  fileMegabytes,
}: TableCare): Partial<CareOptions> {
  const fileBytes = (fileMegabytes ?? 0) * MIB;
  return {
    ...(keepDays === undefined ? {} : { keepSnapshotsMs: keepDays * DAY_MS }),
    ...(compactEvery === undefined ? {} : { everyLoads: compactEvery }),
    ...(fileMegabytes === undefined
      ? {}
      : {
          targetFileBytes: fileBytes,
          // A pass that reads less could not make a file so large.
          maxRewriteBytes: Math.max(fileBytes, CARE_DEFAULTS.maxRewriteBytes),
        }),
  };
}
