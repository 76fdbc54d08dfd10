/** Owns what a user chose to follow when a table can no longer be followed from where its lake stands. */

/** A new full load at once; a wait for a person's word; or the end of the sync. */
export const LOSS_ANSWERS = ['resync', 'park', 'end'] as const;
/** One of {@link LOSS_ANSWERS}. */
export type LossAnswer = (typeof LOSS_ANSWERS)[number];

/** What may follow a table that is gone: there is nothing to load anew. */
export const DELETED_ANSWERS = ['park', 'end'] as const;
/** One of {@link DELETED_ANSWERS}. */
export type DeletedAnswer = (typeof DELETED_ANSWERS)[number];

/** Absent ones are as {@link DEFAULT_ANSWERS} says. */
export interface LossAnswers {
  /** Another table has the name: created anew, restored, or with other keys. */
  readonly onTableReplaced?: LossAnswer;
  readonly onTableDeleted?: DeletedAnswer;
  /** Point-in-time recovery was switched off, be it on again since or not. */
  readonly onRecoveryOff?: LossAnswer;
}

/**
 * A table that is made anew or restored is meant to be followed, and so is one whose recovery somebody
 * switched off and on. A table that is gone leaves its lake as it was, until a person says what for.
 */
export const DEFAULT_ANSWERS: Required<LossAnswers> = Object.freeze({
  onTableReplaced: 'resync',
  onTableDeleted: 'park',
  onRecoveryOff: 'resync',
});
