/** Owns the signal that what lies on disk is not what was written there. */

/** Stays inside the index, which drops what it has and says that it is empty. */
export class DamagedError extends Error {
  override readonly name = 'DamagedError';
}
