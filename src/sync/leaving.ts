/** Owns what a sync remembers of an export of its own that is to be deleted. */
import type { Instant } from '../core/instant.js';

/** An export that the sync asked for, until its objects are deleted; small, since many may wait. */
export interface Leaving {
  /** What ends its ARN. */
  readonly id: string;
  /** What ends its prefix. */
  readonly leaf: string;
  /** The lake has what it holds once its watermark has come here. */
  readonly until: Instant;
  /** When it is to be deleted; absent before the commit from which on nobody needs it. */
  readonly dueAt?: Instant;
}

/** Why exports are not deleted. */
export interface Undeleted {
  readonly message: string;
  readonly since: Instant;
}
