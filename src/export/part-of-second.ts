/** Owns why no window can follow a full export that was taken within a second. */

/**
 * Windows begin on whole seconds. An item that was new in the part of a second that the export has,
 * and was deleted before the window's end, is in the export, while the window has no record of it:
 * it would stay for ever, and nothing in either tells that it is one. So no care in loading mends it.
 */
export function followsPartOfSecond(window: string, takenAt: string): string {
  return `The ${window} cannot follow a full export taken at ${takenAt}: an item that was new in that part of a second and deleted in the window would stay for ever.`;
}

/** What to do then. */
export const WHOLE_SECOND_HINT =
  'Give a full export of a whole second (`tidemark export TABLE --at TIME` takes one) and the windows from there, or let the sync take its own.';
