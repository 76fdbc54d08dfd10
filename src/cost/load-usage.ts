/** Owns what one load uses of S3 and of Temporal, counted while it runs. */

/** Requests to S3, by what they are billed as. */
export interface S3Requests {
  /** PUT, COPY, POST and LIST. */
  readonly writes: number;
  /** GET and HEAD. */
  readonly reads: number;
}

/** What a load used. */
export interface LoadUsage extends S3Requests {
  /** Actions as Temporal Cloud bills them. */
  readonly actions: number;
}

/** A load that has not begun. */
export const NO_USAGE: LoadUsage = Object.freeze({ writes: 0, reads: 0, actions: 0 });

/** `usage` and what came on top of it. */
export function withUse(usage: LoadUsage, more: Partial<LoadUsage>): LoadUsage {
  return {
    writes: usage.writes + (more.writes ?? 0),
    reads: usage.reads + (more.reads ?? 0),
    actions: usage.actions + (more.actions ?? 0),
  };
}

/** Objects that DynamoDB puts beside an export's data files: `_started`, two manifests, two checksums. */
const EXPORT_SIDE_OBJECTS = 5;

/** Requests that DynamoDB itself makes to write an export of `files` data files into our bucket. */
export function exportWrites(files: number): number {
  return files + EXPORT_SIDE_OBJECTS;
}

/**
 * Actions of asking for an export and of `looks` at it until it had ended: the request, and an Action
 * for each attempt of an activity.
 */
export function exportActions(looks: number): number {
  return 1 + looks;
}

/** Actions of loading an export of `batches`: plan, profiles where there are several, writes, commit. */
export function loadActions(batches: number): number {
  return 1 + (batches === 1 ? 0 : batches) + batches + 1;
}

/** The sleep until the window's end. */
export const TIMER_ACTIONS = 1;
