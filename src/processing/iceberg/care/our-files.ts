/** Owns which files of a table's folders are ours by their names, and so old that no commit will name them. */
import { millisOf, parseCompactInstant, type Instant } from '../../../core/instant.js';
import { TIMED_UUID, timeOfUuid } from './timed-uuid.js';

/** Deletes and compacted rows in the data folder, manifests and their lists in the metadata folder. */
const TIMED = [
  `${TIMED_UUID}-(?:deletes(?:-\\d+)?|\\d{5,})\\.parquet`,
  `${TIMED_UUID}-deletes\\.puffin`,
  `${TIMED_UUID}-m\\d+\\.avro`,
  // With the snapshot's id in lists of older versions.
  `snap-(?:\\d+-1-)?${TIMED_UUID}\\.avro`,
].map((pattern) => new RegExp(`^${pattern}$`));
/** Rows of a load, under the time it leads to. */
const LOADED = /^(\d{8}T\d{6}Z)-\d{5,}-\d{5,}-[0-9a-f]{16}\.parquet$/;

export interface AgeLimits {
  /** Milliseconds since 1970. */
  readonly madeBeforeMs: number;
  /** Where the table stands, exclusive; undefined while nothing is committed. */
  readonly watermark: Instant | undefined;
}

/**
 * Whether a file of this name, if no snapshot has it, never will be in one. An attempt's files tell
 * when it was made. Rows of a load tell which time it led to, before which they cannot have been made;
 * no load that ends before the table's watermark is ever committed again, and after a rollback it is
 * written anew, under other names.
 */
export function isAbandoned(name: string, { madeBeforeMs, watermark }: AgeLimits): boolean {
  for (const pattern of TIMED) {
    const uuid = pattern.exec(name)?.[1];
    if (uuid !== undefined) return timeOfUuid(uuid) < madeBeforeMs;
  }
  const stamp = LOADED.exec(name)?.[1];
  const instant = stamp === undefined ? undefined : parseCompactInstant(stamp);
  if (instant === undefined || watermark === undefined) return false;
  return instant < watermark && millisOf(instant) < madeBeforeMs;
}
