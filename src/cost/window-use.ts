/** Owns what a window of a table uses before one was measured. */
import {
  exportActions,
  exportWrites,
  loadActions,
  TIMER_ACTIONS,
  type LoadUsage,
} from './load-usage.js';

/** An export of even a tiny table takes about five minutes on AWS; 2 to 12 were seen. */
export const EXPORT_SECONDS = 300;

/** From the end of an export to the commit, of a window of usual size. */
export const LOAD_SECONDS = 60;

/** S3 requests of a window of one batch, without those by which DynamoDB writes the export. */
const LAKE_REQUESTS = { writes: 21, reads: 29 } as const;

/** What deleting the export takes once it is loaded: its manifests are read anew. */
const DELETION = { reads: 8, actions: 1 } as const;

/** Partitions of a small table, each a file of the export. */
const EXPORT_FILES = 4;

/**
 * Seconds between two looks at the export of a window: a sixtieth of its width, since each look is an
 * Action, and who waits a day for changes does not miss a minute. At least `pollSeconds`, at most
 * twelve times that: six minutes by default, by which most exports have ended.
 */
export function lookInterval(windowSeconds: number, pollSeconds: number): number {
  return Math.min(12 * pollSeconds, Math.max(pollSeconds, Math.round(windowSeconds / 60)));
}

/** What a window of one batch uses, looked at every `lookSeconds` while it is exported. */
export function usualUse(lookSeconds: number, exportSeconds: number): LoadUsage {
  const looks = 1 + Math.ceil(exportSeconds / lookSeconds);
  return {
    writes: exportWrites(EXPORT_FILES) + LAKE_REQUESTS.writes,
    reads: LAKE_REQUESTS.reads + DELETION.reads,
    actions: TIMER_ACTIONS + exportActions(looks) + loadActions(1) + DELETION.actions,
  };
}
