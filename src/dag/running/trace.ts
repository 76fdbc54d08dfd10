/** Owns the record of what happened in an in-process run. */

/** Something that happened, at milliseconds since the run's start. */
export interface TraceEntry {
  readonly atMs: number;
  readonly what:
    | 'started'
    | 'succeeded'
    | 'failed'
    | 'skipped'
    | 'notYet'
    | 'cancelled'
    | 'callback'
    | 'assets'
    | 'completed';
  /** `copy`, `copy[3]`; a callback's name; the status a run completed with. */
  readonly subject: string;
  readonly attempt?: number;
  readonly detail?: string;
}
